package org.promisegrid.cli.service;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.promisegrid.kernel.message.Item;

/// What services are given in one word each, as other tools write it, too.
final class Shorthand {

  private static final Pattern PORT =
      Pattern.compile(
          "(?:(?:(?<address>\\[[0-9a-fA-F:.]+]|[0-9.]+):)?(?<port>[0-9]{0,5}):)?"
              + "(?<inside>[0-9]{1,5})(?:/(?<transport>tcp|udp))?");
  private static final Pattern BIND =
      Pattern.compile("(?<source>[^:]+):(?<path>[^:]+)(?::(?<mode>ro|rw))?");
  private static final Pattern CPUS =
      Pattern.compile("(?<whole>[0-9]{1,5})(?:\\.(?<rest>[0-9]{1,3}))?");

  private static final String EXTERNAL = ":external";

  private Shorthand() {}

  /// `[ADDRESS:][PORT:]INSIDE[/udp]`: `8080:80`, `127.0.0.1::53/udp`, `80` for a port that is free.
  ///
  /// @throws IllegalArgumentException if it isn't that
  static Item port(String text) {
    Matcher matcher = PORT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "a port is [ADDRESS:][PORT:]INSIDE[/udp], such as 8080:80, and not '" + text + "'");
    }
    Item.TableBuilder port = Item.table().put("inside", number(matcher.group("inside")));
    String address = matcher.group("address");
    if (address != null) {
      port.put("address", address.startsWith("[") ? strip(address) : address);
    }
    String outside = matcher.group("port");
    if (outside != null && !outside.isEmpty()) {
      port.put("port", number(outside));
    }
    if (matcher.group("transport") != null) {
      port.put("transport", matcher.group("transport"));
    }
    return port.build();
  }

  private static String strip(String bracketed) {
    return bracketed.substring(1, bracketed.length() - 1);
  }

  private static long number(String digits) {
    return Long.parseLong(digits);
  }

  /// `SOURCE:PATH[:ro]`.
  ///
  /// @throws IllegalArgumentException if it isn't that
  static Item bind(String text) {
    Matcher matcher = BIND.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "a bind is SOURCE:PATH or SOURCE:PATH:ro, and not '" + text + "'");
    }
    Item.TableBuilder bind =
        Item.table().put("source", matcher.group("source")).put("path", matcher.group("path"));
    if ("ro".equals(matcher.group("mode"))) {
      bind.put("readonly", true);
    }
    return bind.build();
  }

  /// What a volume `NAME` is mounted as: `PATH[:ro][:external]`.
  static Item volume(String text) {
    String path = text;
    boolean external = path.endsWith(EXTERNAL);
    path = external ? path.substring(0, path.length() - EXTERNAL.length()) : path;
    boolean readOnly = path.endsWith(":ro");
    path = readOnly ? path.substring(0, path.length() - 3) : path;
    if (!external && !readOnly) {
      return Item.of(path);
    }
    Item.TableBuilder volume = Item.table().put("path", path);
    if (readOnly) {
      volume.put("readonly", true);
    }
    if (external) {
      volume.put("external", true);
    }
    return volume.build();
  }

  /// `NAME[:external]`.
  static Item network(String text) {
    return text.endsWith(EXTERNAL)
        ? Item.table()
            .put("name", text.substring(0, text.length() - EXTERNAL.length()))
            .put("external", true)
            .build()
        : Item.of(text);
  }

  /// `http://:PORT/PATH` or `tcp://:PORT`, the two checks that fit into a word.
  ///
  /// @throws IllegalArgumentException if it is neither
  static Item.Table health(String text) {
    try {
      // Without a host it is no URI that has a port.
      URI uri = new URI(text.replaceFirst("^(http|tcp)://:", "$1://inside:"));
      if ("inside".equals(uri.getHost()) && uri.getPort() > 0) {
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        if ("http".equals(uri.getScheme()) && uri.getRawFragment() == null) {
          String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
          return Item.table()
              .put(
                  "http", Item.table().put("port", uri.getPort()).put("path", path + query).build())
              .build();
        }
        if ("tcp".equals(uri.getScheme()) && uri.getRawPath().isEmpty()) {
          return Item.table().put("tcp", uri.getPort()).build();
        }
      }
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("not a check of health: " + e.getMessage(), e);
    }
    throw new IllegalArgumentException(
        "a check of health is http://:PORT/PATH or tcp://:PORT, and not '" + text + "'");
  }

  /// Processors, such as `1.5`, in thousandths.
  ///
  /// @throws IllegalArgumentException if it is no such number
  static long cpus(String text) {
    Matcher matcher = CPUS.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("processors are a number such as 2 or 0.5, not " + text);
    }
    String rest = matcher.group("rest") == null ? "" : matcher.group("rest");
    return 1000 * number(matcher.group("whole")) + number((rest + "000").substring(0, 3));
  }

  /// Permissions, in octal digits.
  ///
  /// @throws IllegalArgumentException if they are none
  static long mode(String text) {
    if (!text.matches("0?[0-7]{3}")) {
      throw new IllegalArgumentException("a mode is three octal digits, such as 0440, not " + text);
    }
    return Long.parseLong(text, 8);
  }

  /// One thing may stand for a list of one.
  static Item list(Item value) {
    return value instanceof Item.Array ? value : Item.array(List.of(value));
  }
}
