package org.promisegrid.kernel.backup;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

/// What a backup holds, as its last file says it, signed by the node:
///
///     bafkrei…                   the CID of the backup's document
///     <number> <sha2-256, hex>   of all files before: how many, and the hash of their lines
///     <signature, hex>           of the two lines above
///
/// A file's line, which isn't written anywhere, is its name, its size, and the sha2-256 of its
/// bytes in hex.
final class Manifest {

  private static final int HEX = 64;
  private static final int SIGNATURE = 128;

  private final MessageDigest lines = Cid.sha256();
  private long files;

  void add(Tar.Entry entry, byte[] sha256) {
    files++;
    lines.update(
        "%s %d %s\n"
            .formatted(entry.name(), entry.size(), HexFormat.of().formatHex(sha256))
            .getBytes(US_ASCII));
  }

  /// How long the manifest of so many files is.
  static int size(long files) {
    return said(files, "0".repeat(HEX)).length() + SIGNATURE + 1;
  }

  /// What is signed; ends the use of this object.
  byte[] said() {
    return said(files, HexFormat.of().formatHex(lines.digest())).getBytes(US_ASCII);
  }

  private static String said(long files, String hash) {
    return "%s\n%d %s\n".formatted(Protocols.cid("backup"), files, hash);
  }

  static byte[] signed(byte[] said, SigningKey key) {
    return signed(said, key.sign(said));
  }

  private static byte[] signed(byte[] said, byte[] signature) {
    return (new String(said, US_ASCII) + HexFormat.of().formatHex(signature) + "\n")
        .getBytes(US_ASCII);
  }

  /// Asks that `found` is what the node signed of these files, to the last byte; ends the use of
  /// this object.
  ///
  /// @throws RestoreException if it isn't
  void verify(byte[] found, Did node) {
    byte[] said = said();
    byte[] signature = signature(found);
    if (!Arrays.equals(found, signed(said, signature))) {
      throw new RestoreException("the backup was changed: it isn't what its manifest says");
    }
    if (!node.key().verify(said, signature)) {
      throw new RestoreException("the backup isn't signed by " + node);
    }
  }

  /// Takes the signature off.
  private static byte[] signature(byte[] manifest) {
    int end = Math.max(0, manifest.length - 1);
    try {
      return HexFormat.of()
          .parseHex(new String(manifest, US_ASCII), Math.max(0, end - SIGNATURE), end);
    } catch (IllegalArgumentException e) {
      throw new RestoreException("the backup isn't signed", e);
    }
  }
}
