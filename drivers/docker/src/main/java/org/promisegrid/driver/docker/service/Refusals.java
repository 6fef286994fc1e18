package org.promisegrid.driver.docker.service;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.promisegrid.driver.docker.image.ImageShelf;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.ServiceSpec;

/// What can't be kept in a container, told before anything is made.
final class Refusals {

  /// What engines take as part of a name.
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,99}");

  /// Folders that are the system's in every container.
  private static final Set<String> TAKEN = Set.of("proc", "sys", "dev");

  private final String form;
  private final ImageShelf images;
  private final HostPaths paths;
  private final NamedDevices devices;

  /// @param form the kind of code that runs here
  Refusals(String form, ImageShelf images, HostPaths paths, NamedDevices devices) {
    this.devices = devices;
    this.paths = paths;
    this.form = form;
    this.images = images;
  }

  /// Why `spec` can't be kept; empty if it may be.
  Optional<String> of(ServiceSpec spec) {
    if (!spec.form().kind().equals(form)) {
      return Optional.of("a form " + spec.form().kind() + ", not " + form);
    }
    if (!spec.form().attributes().isEmpty()) {
      return Optional.of(
          "an image form has no attribute " + spec.form().attributes().keySet().iterator().next());
    }
    if (spec.isolation().compareTo(Isolation.SANDBOX) > 0) {
      return Optional.of("isolation by a kernel of its own isn't given by a container");
    }
    return workload(spec)
        .or(() -> mounts(spec.mounts()))
        .or(() -> ports(spec.ports()))
        .or(() -> paths.refusal(spec))
        .or(() -> devices.refusal(spec))
        .or(() -> networks(spec.networks()))
        .or(() -> images.refusal(spec.form().code()));
  }

  private static Optional<String> workload(ServiceSpec spec) {
    if (spec.workload().entrypoint().filter(List::isEmpty).isPresent()) {
      return Optional.of("an entrypoint without a word");
    }
    return spec.security() == ServiceSpec.Security.STRICT
        ? spec.workload().user().flatMap(StrictUser::refusal)
        : Optional.empty();
  }

  private static Optional<String> mounts(List<Mounted> mounts) {
    Set<String> paths = new HashSet<>();
    for (Mounted mounted : mounts) {
      Optional<String> misplaced = misplaced(mounted.path());
      if (misplaced.isPresent()) {
        return misplaced;
      }
      if (!paths.add(mounted.path())) {
        return Optional.of("two things at " + mounted.path());
      }
      switch (mounted) {
        case Mounted.File file when (file.mode() & ~0777) != 0 -> {
          return Optional.of("no file has a mode " + Integer.toOctalString(file.mode()));
        }
        case Mounted.File _,
            Mounted.Secret _,
            Mounted.Bind _,
            Mounted.Volume _,
            Mounted.Memory _ -> {}
      }
      if (mounted instanceof Mounted.Volume volume && !NAME.matcher(volume.name()).matches()) {
        return Optional.of("no volume can be called " + volume.name());
      }
    }
    return belowFile(mounts);
  }

  private static Optional<String> belowFile(List<Mounted> mounts) {
    for (Mounted file : mounts) {
      if (file instanceof Mounted.File || file instanceof Mounted.Secret) {
        for (Mounted other : mounts) {
          if (other.path().startsWith(file.path() + "/")) {
            return Optional.of(other.path() + " can't lie in a file");
          }
        }
      }
    }
    return Optional.empty();
  }

  /// Why nothing can lie at `path`; empty if it can.
  private static Optional<String> misplaced(String path) {
    String[] steps = path.split("/", -1);
    boolean plain = path.startsWith("/") && steps.length > 1;
    for (int i = 1; i < steps.length; i++) {
      plain &= !steps[i].isEmpty() && !steps[i].equals(".") && !steps[i].equals("..");
      // What an engine has no way to say of a place.
      plain &= steps[i].chars().allMatch(c -> c > ' ' && c != ':' && c != ',' && c != 0x7f);
    }
    if (!plain) {
      return Optional.of(path + " is no plain path");
    }
    return TAKEN.contains(steps[1])
        ? Optional.of("/" + steps[1] + " of a container is the system's")
        : Optional.empty();
  }

  private static Optional<String> ports(List<Published> ports) {
    for (Published port : ports) {
      try {
        InetAddress.ofLiteral(port.address());
      } catch (IllegalArgumentException _) {
        return Optional.of(port.address() + " is no address");
      }
    }
    return Optional.empty();
  }

  private static Optional<String> networks(List<ServiceSpec.Network> networks) {
    return networks.stream()
        .map(ServiceSpec.Network::name)
        .filter(name -> !NAME.matcher(name).matches())
        .findFirst()
        .map(name -> "no network can be called " + name);
  }
}
