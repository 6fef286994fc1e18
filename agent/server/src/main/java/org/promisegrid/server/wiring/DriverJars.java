package org.promisegrid.server.wiring;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import org.promisegrid.kernel.Drivers;
import org.promisegrid.kernel.dispatch.Event;
import org.promisegrid.kernel.dispatch.Patience;
import org.promisegrid.sandbox.SandboxDriverFactory;

/// Drivers that the owner adds: jars in folders, each in a class loader of its own that shows it
/// the contract and the JDK.
///
/// A jar that can't be used is left out, by name and with the reason; the agent and the other
/// drivers work without it. Of two drivers with one name the first counts: those that are built in,
/// then folder by folder, jars in the order of their names.
final class DriverJars implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(DriverJars.class.getName());

  /// Where a jar's manifest says which contract its drivers are written to.
  private static final Attributes.Name CONTRACT = new Attributes.Name("Grid-Driver-Contract");

  /// Making a factory does no more than loading classes.
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,63}");

  private final ClassLoader contract = new ContractLoader();
  private final Map<String, SandboxDriverFactory> factories = new LinkedHashMap<>();
  private final List<Event.Skipped> skipped = new ArrayList<>();
  private final List<URLClassLoader> open = new ArrayList<>();

  private DriverJars() {}

  /// Finds the drivers that the agent has, those of the home, and those of the folders that the
  /// owner names.
  static DriverJars of(Options options) {
    return find(
        ServiceLoader.load(SandboxDriverFactory.class),
        options.home().resolve("drivers"),
        options.driverFolders());
  }

  /// Looks for drivers.
  ///
  /// @param builtIn those that are there without any jar
  /// @param home folder that may be missing
  /// @param others folders that the owner named
  static DriverJars find(Iterable<SandboxDriverFactory> builtIn, Path home, List<Path> others) {
    DriverJars jars = new DriverJars();
    builtIn.forEach(factory -> jars.factories.put(factory.name(), factory));
    if (Files.isDirectory(home)) {
      jars.look(home);
    }
    others.forEach(jars::look);
    return jars;
  }

  /// What was found.
  Drivers drivers() {
    return new Drivers(List.copyOf(factories.values()), skipped);
  }

  private void look(Path folder) {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, "*.jar")) {
      all.forEach(files::add);
    } catch (IOException e) {
      skip(folder, "this folder of drivers can't be read: " + e);
    }
    files.sort(null);
    for (Path file : files) {
      try {
        load(file);
      } catch (UnfitException | IOException e) {
        skip(file, String.valueOf(e.getMessage()));
      } catch (RuntimeException | Error e) {
        // A third party's code: whatever it throws, the agent starts without it.
        skip(file, reason(e));
      }
    }
  }

  private void skip(Path file, String why) {
    LOG.log(System.Logger.Level.WARNING, "the driver {0} is left out: {1}", file, why);
    skipped.add(new Event.Skipped(file.toString(), why));
  }

  private static String reason(Throwable e) {
    Throwable cause = e.getCause();
    return e instanceof ServiceConfigurationError && cause != null
        ? e.getMessage() + ": " + cause
        : e.toString();
  }

  /// Why a jar isn't used.
  private static final class UnfitException extends Exception {
    private static final long serialVersionUID = 1;

    UnfitException(String why) {
      super(why);
    }
  }

  private void load(Path named) throws UnfitException, IOException {
    // Without links from here on, and not at all where they lead in a circle.
    Path file = named.toRealPath();
    for (Path path : List.of(named, file)) {
      Optional<String> others = StrictModes.whoElse(path);
      if (others.isPresent()) {
        throw new UnfitException(others.get());
      }
    }
    checkManifest(file);
    String name = "driver " + named.getFileName();
    URLClassLoader loader = new URLClassLoader(name, new URL[] {file.toUri().toURL()}, contract);
    boolean used = false;
    try {
      Map<String, SandboxDriverFactory> made =
          Patience.call(LONGEST, "loading " + file, () -> factories(loader), _ -> {});
      if (made.isEmpty()) {
        throw new UnfitException(
            "it names no factory in META-INF/services/" + SandboxDriverFactory.class.getName());
      }
      for (Map.Entry<String, SandboxDriverFactory> each : made.entrySet()) {
        if (!NAME.matcher(each.getKey()).matches()) {
          throw new UnfitException("no driver can be named `" + each.getKey() + "`");
        }
        if (Drivers.isReserved(each.getKey())) {
          throw new UnfitException(
              "no driver can be named `"
                  + each.getKey()
                  + "`: that is something else in an agent's home");
        }
        if (factories.containsKey(each.getKey())) {
          throw new UnfitException("there is a driver named `" + each.getKey() + "` already");
        }
      }
      factories.putAll(made);
      open.add(loader);
      used = true;
    } finally {
      if (!used) {
        loader.close();
      }
    }
  }

  private static void checkManifest(Path file) throws UnfitException, IOException {
    String own = String.valueOf(SandboxDriverFactory.CONTRACT);
    try (JarFile jar = new JarFile(file.toFile())) {
      Manifest manifest = jar.getManifest();
      Attributes says = manifest == null ? new Attributes() : manifest.getMainAttributes();
      if (!says.containsKey(CONTRACT)) {
        throw new UnfitException(
            "its manifest has no " + CONTRACT + ", as the jar of a driver has; here it is " + own);
      }
      if (!own.equals(says.getValue(CONTRACT))) {
        throw new UnfitException(
            "it is written to version "
                + says.getValue(CONTRACT)
                + " of the drivers' contract; this agent has "
                + own);
      }
      if (says.containsKey(Attributes.Name.CLASS_PATH)) {
        throw new UnfitException(
            "its manifest has a Class-Path: a driver brings what it needs in its own jar");
      }
    }
  }

  private static Map<String, SandboxDriverFactory> factories(ClassLoader loader) {
    Thread.currentThread().setContextClassLoader(loader);
    Map<String, SandboxDriverFactory> made = new LinkedHashMap<>();
    for (SandboxDriverFactory factory : ServiceLoader.load(SandboxDriverFactory.class, loader)) {
      String name = factory.name();
      if (made.put(name, OwnContext.of(SandboxDriverFactory.class, factory, loader)) != null) {
        throw new IllegalStateException("it holds two drivers named `" + name + "`");
      }
    }
    return made;
  }

  /// Lets go of the jars, once nothing of them is used any more.
  @Override
  public void close() throws IOException {
    for (URLClassLoader loader : open) {
      loader.close();
    }
  }
}
