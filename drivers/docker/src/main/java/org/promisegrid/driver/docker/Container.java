package org.promisegrid.driver.docker;

import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.shim.ShimKey;

/// A call's container, as this node knows it again by its labels.
///
/// @param name on the engine
/// @param image the engine's id of its image
/// @param key by which its shim knows the agent
record Container(SandboxId id, String name, String image, Terms terms, ShimKey key) {

  /// @throws DriverException `BROKEN` if this node's driver didn't write those labels
  static Container labelled(SandboxId id, String name, String image, Map<String, String> labels) {
    try {
      return new Container(
          id,
          name,
          image,
          Terms.parse(label(labels, Naming.SPEC)),
          ShimKey.of(HexFormat.of().parseHex(label(labels, Naming.KEY))));
    } catch (IllegalArgumentException e) {
      throw new DriverException(Kind.BROKEN, "container " + name + " has labels of others", e);
    }
  }

  /// The same, by another name and for another sandbox.
  Container named(SandboxId other, String otherName) {
    return new Container(other, otherName, image, terms, key);
  }

  private static String label(Map<String, String> labels, String name) {
    @Nullable String value = labels.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no label " + name);
    }
    return value;
  }
}
