package org.promisegrid.driver.docker.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.ServiceSpec;

/// Which folders, files and devices of this host services may have: those that lie where the
/// owner's settings allow it, whatever links lead there, and never what would give away the host or
/// the agent: a socket, the engine's own, the agent's home.
public final class HostPaths {

  // Of a file's mode, as POSIX numbers its kinds.
  private static final int KIND = 0170000;
  private static final int FOLDER = 0040000;
  private static final int REGULAR = 0100000;
  private static final int CHARACTERS = 0020000;
  private static final int BLOCKS = 0060000;

  private final List<Path> binds;
  private final List<Path> devices;
  private final boolean here;
  private final List<Path> never = new CopyOnWriteArrayList<>();

  /// @param binds below which folders and files may be given
  /// @param devices which devices, or below which folders
  /// @param never what is given to nobody, nor what has it in it
  /// @param here whether the engine is on this host
  public HostPaths(List<Path> binds, List<Path> devices, List<Path> never, boolean here) {
    this.binds = List.copyOf(binds);
    this.devices = List.copyOf(devices);
    this.never.addAll(never);
    this.here = here;
  }

  /// Something else that nobody is given.
  void keepFrom(Path folder) {
    if (!never.contains(folder)) {
      never.add(folder);
    }
  }

  /// What came of looking.
  sealed interface Look {
    /// It may be given, and really lies here.
    record Real(Path path) implements Look {}

    /// It may not.
    record Refused(String why) implements Look {}
  }

  /// Why a service can't have what it asks for of this host; empty if it can.
  Optional<String> refusal(ServiceSpec spec) {
    List<Look> looks = new ArrayList<>();
    for (Mounted mounted : spec.mounts()) {
      if (mounted instanceof Mounted.Bind bind) {
        looks.add(bind(bind.source()));
      }
    }
    spec.devices().stream()
        .filter(device -> !NamedDevices.is(device))
        .forEach(device -> looks.add(device(device)));
    return looks.stream()
        .filter(Look.Refused.class::isInstance)
        .map(look -> ((Look.Refused) look).why())
        .findFirst();
  }

  Look bind(String source) {
    return look("folder", source, binds, "binds", List.of(FOLDER, REGULAR));
  }

  Look device(String source) {
    return look("device", source, devices, "devices", List.of(CHARACTERS, BLOCKS));
  }

  private Look look(
      String what, String source, List<Path> allowed, String setting, List<Integer> kinds) {
    if (!here) {
      return new Look.Refused(what + " " + source + ": the engine isn't on this host");
    }
    try {
      Path path = Path.of(source);
      if (!path.isAbsolute() || !path.normalize().equals(path)) {
        return new Look.Refused(source + " is no plain path");
      }
      // Whether something is there is nobody's business where it isn't allowed.
      Optional<Path> real = real(path);
      if (real.isEmpty() || allowed.stream().noneMatch(it -> isBelow(real.get(), it))) {
        return new Look.Refused(
            what + " " + source + " isn't one that grid.drivers.docker." + setting + " allows");
      }
      if (never.stream().anyMatch(it -> isBelow(real.get(), it) || isBelow(it, real.get()))) {
        return new Look.Refused(what + " " + source + " is the engine's or the agent's own");
      }
      int kind = (int) Files.getAttribute(real.get(), "unix:mode") & KIND;
      return kinds.contains(kind)
          ? new Look.Real(real.get())
          : new Look.Refused(source + " isn't a " + what + " that can be given");
    } catch (InvalidPathException | IOException e) {
      return new Look.Refused(what + " " + source + " can't be looked at: " + e.getMessage());
    }
  }

  private static Optional<Path> real(Path path) {
    try {
      return Optional.of(path.toRealPath());
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  /// Whether it is this or lies in it, wherever links lead that either is said by.
  private static boolean isBelow(Path path, Path folder) {
    return path.startsWith(real(folder).orElse(folder));
  }
}
