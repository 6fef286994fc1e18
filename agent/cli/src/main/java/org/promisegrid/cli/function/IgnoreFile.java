package org.promisegrid.cli.function;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// What of a folder no recipe is given, as its `.dockerignore` says: a pattern a line, of names
/// with `*`, `?`, `[a-z]` and `**` for any number of folders; `!` takes one back. The last one that
/// fits a name, or a folder above it, counts.
public final class IgnoreFile {

  private static final String NAME = ".dockerignore";

  private final List<Rule> rules;

  private record Rule(Pattern pattern, boolean ignores) {}

  private IgnoreFile(List<Rule> rules) {
    this.rules = List.copyOf(rules);
  }

  /// That of a folder; of one without it, nothing is left out.
  ///
  /// @throws IOException if it can't be read, or a line of it isn't a pattern
  public static IgnoreFile in(Path folder) throws IOException {
    Path file = folder.resolve(NAME);
    if (!Files.exists(file)) {
      return new IgnoreFile(List.of());
    }
    try {
      return of(Files.readAllLines(file));
    } catch (CharacterCodingException e) {
      throw new IOException(file + " is no text in UTF-8", e);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /// @throws IllegalArgumentException if one is no pattern
  static IgnoreFile of(List<String> lines) {
    List<Rule> rules = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("#")) {
        continue;
      }
      String text = line.strip();
      boolean ignores = !text.startsWith("!");
      text = clean(ignores ? text : text.substring(1).strip());
      if (!text.isEmpty()) {
        rules.add(new Rule(pattern(text), ignores));
      }
    }
    return new IgnoreFile(rules);
  }

  /// Without `.`, empty names and slashes at its ends; `..` takes the name before it away.
  private static String clean(String text) {
    List<String> names = new ArrayList<>();
    for (String name : text.split("/", -1)) {
      if (name.equals("..") && !names.isEmpty()) {
        names.removeLast();
      } else if (!name.isEmpty() && !name.equals(".") && !name.equals("..")) {
        names.add(name);
      }
    }
    return String.join("/", names);
  }

  private static Pattern pattern(String text) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (text.startsWith("**", i)) {
        i++;
        if (text.startsWith("/", i + 1)) {
          i++;
          regex.append("(?:.*/)?");
        } else {
          regex.append(".*");
        }
      } else if (c == '*') {
        regex.append("[^/]*");
      } else if (c == '?') {
        regex.append("[^/]");
      } else if (c == '[') {
        int end = text.indexOf(']', i + 1);
        if (end < 0) {
          throw new IllegalArgumentException("no pattern: " + text);
        }
        String in = text.substring(i + 1, end);
        boolean others = in.startsWith("^");
        regex
            .append(others ? "[^/" : "[")
            .append((others ? in.substring(1) : in).replaceAll("([\\[\\]&^\\\\])", "\\\\$1"))
            .append(']');
        i = end;
      } else if (c == '\\' && i + 1 < text.length()) {
        i++;
        regex.append(Pattern.quote(String.valueOf(text.charAt(i))));
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    try {
      // Whatever fits a folder fits all that is in it.
      return Pattern.compile(regex + "(?:/.*)?", Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("no pattern: " + text, e);
    }
  }

  /// Whether a name is left out.
  ///
  /// @param path relative to the folder, with `/` between its names
  public boolean ignores(String path) {
    boolean ignored = false;
    for (Rule rule : rules) {
      if (rule.ignores() != ignored && rule.pattern().matcher(path).matches()) {
        ignored = rule.ignores();
      }
    }
    return ignored;
  }

  /// Whether something in a folder that is left out may not be.
  public boolean hasExceptions() {
    return rules.stream().anyMatch(rule -> !rule.ignores());
  }
}
