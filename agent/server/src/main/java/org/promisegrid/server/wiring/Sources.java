package org.promisegrid.server.wiring;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/// Where options stand: `$GRID_HOME/agent.properties`, the environment (`grid.http.port` is
/// `GRID_HTTP_PORT` there), and the properties of the JVM. Who comes later overrules.
final class Sources {

  static final String FILE = "agent.properties";
  static final String HOME = "grid.home";

  private static final String PREFIX = "grid.";

  /// Properties of the JVM that the launcher sets for the command.
  private static final Set<String> LAUNCHER = Set.of("grid.agent", "grid.java", "grid.root");

  private Sources() {}

  /// The data folder that was chosen, or else the usual one.
  static Path home(Map<String, String> environment, Properties system) {
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

  /// All that was said, in the order in which one overrules the other.
  ///
  /// @throws StartException if the file can't be read
  static List<Said> all(Path home, Map<String, String> environment, Properties system) {
    List<Said> all = new ArrayList<>(file(home.resolve(FILE)));
    new TreeMap<>(environment)
        .forEach((name, value) -> {
          if (isOption(name)) {
            all.add(new Said(option(name), value, "the environment's " + name));
          }
        });
    system.stringPropertyNames().stream()
        .filter(name -> name.startsWith(PREFIX) && !LAUNCHER.contains(name) && !name.equals(HOME))
        .sorted()
        .forEach(name ->
            all.add(new Said(name, system.getProperty(name), "the JVM's property -D" + name)));
    return all;
  }

  private static List<Said> file(Path file) {
    if (!Files.exists(file)) {
      return List.of();
    }
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new StartException("the file " + file + " can't be read: " + e.getMessage(), e);
    }
    List<Said> all = new ArrayList<>();
    for (int at = 0; at < lines.size(); ) {
      int first = at;
      StringBuilder whole = new StringBuilder(lines.get(at++));
      while (goesOn(whole) && at < lines.size()) {
        whole.append('\n').append(lines.get(at++));
      }
      String where = FILE + ", line " + (first + 1);
      Properties one = new Properties();
      try {
        one.load(new StringReader(whole.toString()));
      } catch (IOException | IllegalArgumentException e) {
        throw new StartException(where + ": can't be read: " + e.getMessage(), e);
      }
      one.stringPropertyNames()
          .forEach(name -> all.add(new Said(name, one.getProperty(name), where)));
    }
    return all;
  }

  /// Whether the next line belongs to this one: it ends in an odd number of backslashes, and is no
  /// comment.
  private static boolean goesOn(CharSequence line) {
    String text = line.toString();
    String begin = text.stripLeading();
    if (begin.startsWith("#") || begin.startsWith("!")) {
      return false;
    }
    int backslashes = 0;
    for (int at = text.length() - 1; at >= 0 && text.charAt(at) == '\\'; at--) {
      backslashes++;
    }
    return backslashes % 2 == 1;
  }

  /// Of the environment only these groups are ours: other programs of this project read further
  /// `GRID_…`.
  private static boolean isOption(String variable) {
    return Option.groups().stream()
        .anyMatch(group -> variable.startsWith("GRID_" + group.toUpperCase(Locale.ROOT) + "_"));
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
