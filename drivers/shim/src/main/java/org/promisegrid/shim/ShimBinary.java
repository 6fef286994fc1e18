package org.promisegrid.shim;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// The shim's program, as it is shipped: static, for one architecture.
public final class ShimBinary {

  private final String architecture;
  private final byte[] bytes;
  private final Cid cid;

  private ShimBinary(String architecture, byte[] bytes) {
    this.architecture = architecture;
    this.bytes = bytes;
    this.cid = Cid.of(bytes);
  }

  /// The one for `architecture`, by any of its names (`x86_64`, `amd64`; `aarch64`, `arm64`); empty
  /// if none is shipped.
  public static Optional<ShimBinary> of(String architecture) {
    String name =
        switch (architecture) {
          case "x86_64", "amd64" -> "x86_64";
          case "aarch64", "arm64" -> "aarch64";
          default -> "";
        };
    try (InputStream in = ShimBinary.class.getResourceAsStream("shim-" + name)) {
      return in == null ? Optional.empty() : Optional.of(new ShimBinary(name, in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException("read the shim for " + name, e);
    }
  }

  /// As the system calls it: `x86_64`.
  public String architecture() {
    return architecture;
  }

  /// A copy.
  public byte[] bytes() {
    return bytes.clone();
  }

  /// What names these very bytes; its digest is their SHA-256.
  public Cid cid() {
    return cid;
  }
}
