package org.promisegrid.server.wiring;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What the owner chose: `$GRID_HOME/agent.properties`, overruled by the environment
/// (`grid.http.port` is `GRID_HTTP_PORT` there), overruled by system properties.
///
/// @param home the data folder
/// @param port of HTTP; 0 takes a free one
/// @param host the address to listen at, of this host only
/// @param names by which browsers and proxies may call this host, besides the loopback ones
/// @param driverFolders of jars with further drivers, besides the home's own
/// @param drivers settings by driver
/// @param rates what the owner charges
public record Options(
    Path home,
    int port,
    String host,
    List<String> names,
    List<Path> driverFolders,
    Map<String, Map<String, String>> drivers,
    Map<String, String> rates) {

  static final String FILE = "agent.properties";

  private static final String PREFIX = "grid.";
  private static final String HOME = "grid.home";
  private static final String PORT = "grid.http.port";
  private static final String HOST = "grid.http.host";
  private static final String NAMES = "grid.http.names";
  private static final String DRIVER_PATH = "grid.drivers.path";
  private static final int DEFAULT_PORT = 7272;

  private static final Pattern DRIVER = Pattern.compile("grid\\.drivers\\.([a-z0-9-]+)\\.(.+)");
  private static final Pattern RATE = Pattern.compile("grid\\.rates\\.(.+)");

  /// Of the environment only these are ours: other programs of this project read further `GRID_…`.
  private static final List<String> IN_ENVIRONMENT =
      List.of("GRID_HTTP_", "GRID_DRIVERS_", "GRID_RATES_");

  /// Properties of the JVM that the launcher sets for the command.
  private static final Set<String> LAUNCHER = Set.of("grid.agent", "grid.java");

  public Options {
    names = List.copyOf(names);
    driverFolders = List.copyOf(driverFolders);
    drivers = Map.copyOf(drivers);
    rates = Map.copyOf(rates);
  }

  /// Reads all three places.
  ///
  /// @throws StartException if an option is unknown or makes no sense; names it
  public static Options read(Map<String, String> environment, Properties system) {
    Path home = home(environment, system);
    Map<String, String> all = new TreeMap<>();
    file(home.resolve(FILE)).forEach(all::put);
    environment(environment).forEach(all::put);
    system.stringPropertyNames().stream()
        .filter(name -> name.startsWith(PREFIX) && !LAUNCHER.contains(name))
        .forEach(name -> all.put(name, system.getProperty(name)));
    return of(home, all);
  }

  private static Options of(Path home, Map<String, String> all) {
    Map<String, Map<String, String>> drivers = new TreeMap<>();
    Map<String, String> rates = new TreeMap<>();
    List<String> unknown = new ArrayList<>();
    all.forEach((name, value) -> {
      var driver = DRIVER.matcher(name);
      var rate = RATE.matcher(name);
      if (driver.matches()) {
        drivers
            .computeIfAbsent(driver.group(1), any -> new TreeMap<>())
            .put(driver.group(2), value);
      } else if (rate.matches()) {
        rates.put(rate.group(1), value);
      } else if (!Set.of(HOME, PORT, HOST, NAMES, DRIVER_PATH).contains(name)) {
        unknown.add(name);
      }
    });
    if (!unknown.isEmpty()) {
      throw new StartException("unknown options: " + String.join(", ", unknown), null);
    }
    List<String> names =
        Pattern.compile("\\s*,\\s*")
            .splitAsStream(all.getOrDefault(NAMES, "").strip())
            .filter(name -> !name.isEmpty())
            .map(name -> name.toLowerCase(Locale.ROOT))
            .toList();
    return new Options(
        home,
        port(all),
        all.getOrDefault(HOST, "127.0.0.1").strip(),
        names,
        folders(all),
        drivers,
        rates);
  }

  /// Absolute paths with colons between them.
  private static List<Path> folders(Map<String, String> all) {
    List<Path> folders = new ArrayList<>();
    for (String text : all.getOrDefault(DRIVER_PATH, "").strip().split(":", -1)) {
      if (text.isEmpty()) {
        continue;
      }
      try {
        folders.add(Path.of(text));
      } catch (InvalidPathException e) {
        throw new StartException(DRIVER_PATH + " holds no path: " + text, e);
      }
      if (!folders.getLast().isAbsolute()) {
        throw new StartException(DRIVER_PATH + " is of absolute paths, not " + text, null);
      }
    }
    return folders;
  }

  private static int port(Map<String, String> all) {
    String text = all.getOrDefault(PORT, String.valueOf(DEFAULT_PORT)).strip();
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      throw new StartException(PORT + " is a port, not " + text, e);
    }
    throw new StartException(PORT + " is a port, not " + text, null);
  }

  private static Path home(Map<String, String> environment, Properties system) {
    String chosen = system.getProperty(HOME, environment.getOrDefault("GRID_HOME", ""));
    if (!chosen.isBlank()) {
      return Path.of(chosen).toAbsolutePath().normalize();
    }
    if ("root".equals(system.getProperty("user.name"))) {
      return Path.of("/var/lib/grid");
    }
    String data = environment.getOrDefault("XDG_DATA_HOME", "");
    return data.startsWith("/") // what isn't absolute is to be ignored, says its specification
        ? Path.of(data, "grid")
        : Path.of(system.getProperty("user.home"), ".local", "share", "grid");
  }

  private static Map<String, String> file(Path file) {
    Map<String, String> chosen = new TreeMap<>();
    if (Files.exists(file)) {
      Properties properties = new Properties();
      try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
        properties.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new StartException("the file " + file + " can't be read: " + e.getMessage(), e);
      }
      properties
          .stringPropertyNames()
          .forEach(name -> chosen.put(name, properties.getProperty(name)));
      if (chosen.containsKey(HOME)) {
        throw new StartException(HOME + " can't stand in the home itself, in " + file, null);
      }
    }
    return chosen;
  }

  private static Map<String, String> environment(Map<String, String> environment) {
    Map<String, String> chosen = new TreeMap<>();
    environment.forEach((name, value) -> {
      if (IN_ENVIRONMENT.stream().anyMatch(name::startsWith)) {
        chosen.put(option(name), value);
      }
    });
    return chosen;
  }

  /// `GRID_RATES_CPU_SECOND` is `grid.rates.cpu-second`: what comes after the part that names a
  /// group, or a driver, is one name with dashes.
  private static String option(String variable) {
    String[] parts = variable.toLowerCase(Locale.ROOT).split("_", -1);
    int group = parts[1].equals("drivers") ? 3 : 2;
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < parts.length; i++) {
      name.append(i == 0 ? "" : i <= group ? "." : "-").append(parts[i]);
    }
    return name.toString();
  }
}
