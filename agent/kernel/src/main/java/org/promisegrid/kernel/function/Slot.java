package org.promisegrid.kernel.function;

import java.util.regex.Pattern;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// An opening of a function that terms fill: the function says what it is and where the workload
/// finds it, the terms say what goes in.
public sealed interface Slot {

  /// A port that the workload listens on.
  record Port(int port, boolean optional) implements Slot {
    public Port {
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException("a port is from 1 to 65535");
      }
    }
  }

  /// A volume, mounted at `path`.
  record Volume(String path, boolean readOnly, boolean optional) implements Slot {
    public Volume {
      checkPath(path);
    }
  }

  /// A secret, delivered as a file at `path`.
  record Secret(String path, boolean optional) implements Slot {
    public Secret {
      checkPath(path);
    }
  }

  /// Destinations that the workload may connect to; the terms name them.
  record Egress(boolean optional) implements Slot {}

  /// A token to call `function` with.
  record Grant(Cid function, boolean optional) implements Slot {}

  /// Whether the function works without it.
  boolean optional();

  /// Reads a slot.
  ///
  /// @param path where it stands, for messages
  /// @throws MalformedException if it isn't one
  static Slot of(Item item, String path) throws MalformedException {
    Fields fields = Fields.of(item, path);
    boolean optional = fields.bool("optional").orElse(false);
    try {
      Slot slot =
          switch (fields.requiredText("kind")) {
            case "port" -> new Port((int) fields.requiredNumber("port", 1, 65_535), optional);
            case "volume" ->
                new Volume(
                    fields.requiredText("path"), fields.bool("readonly").orElse(false), optional);
            case "secret" -> new Secret(fields.requiredText("path"), optional);
            case "egress" -> new Egress(optional);
            case "grant" -> new Grant(fields.requiredLink("function"), optional);
            default ->
                throw new MalformedException(
                    path + ": kind is none of port, volume, secret, egress, grant");
          };
      fields.end();
      return slot;
    } catch (IllegalArgumentException e) {
      throw new MalformedException(path + ": " + e.getMessage(), e);
    }
  }

  /// Its one encoding.
  default Item.Table table() {
    Item.TableBuilder table = Item.table();
    switch (this) {
      case Port port -> table.put("kind", "port").put("port", port.port());
      case Volume volume -> {
        table.put("kind", "volume").put("path", volume.path());
        if (volume.readOnly()) {
          table.put("readonly", true);
        }
      }
      case Secret secret -> table.put("kind", "secret").put("path", secret.path());
      case Egress _ -> table.put("kind", "egress");
      case Grant grant -> table.put("kind", "grant").put("function", grant.function());
    }
    if (optional()) {
      table.put("optional", true);
    }
    return table.build();
  }

  private static void checkPath(String path) {
    if (!Paths.ABSOLUTE.matcher(path).matches() || path.length() > Paths.LONGEST) {
      throw new IllegalArgumentException(
          "a path is absolute, without empty, . and .. parts: " + Texts.shorten(path));
    }
  }

  /// What a path inside a sandbox looks like.
  final class Paths {
    private static final int LONGEST = 1024;

    // Printable ASCII: it must survive mount options and engines' own syntax.
    private static final Pattern ABSOLUTE =
        Pattern.compile("(?:/(?!\\.{1,2}(?:/|$))[\\x21-\\x7e&&[^/:,]]+)+");

    private Paths() {}
  }
}
