package org.promisegrid.kernel.token;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.promisegrid.kernel.message.MalformedException;

/// A private key in a file: PEM of PKCS#8 ([RFC 8410](https://www.rfc-editor.org/rfc/rfc8410)), as
/// `openssl genpkey -algorithm ed25519` writes and `openssl pkey` reads it, readable by its owner
/// only.
///
/// The first line is the key's DID, which tells a person whose key it is and finds damage: openssl
/// skips it. A file without that line is read too.
public final class KeyFile {

  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";
  // SEQUENCE { INTEGER 0, SEQUENCE { OID 1.3.101.112 }, OCTET STRING { OCTET STRING of 32 } }
  private static final byte[] DER = {
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20
  };
  private static final int MOST_BYTES = 4096;

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private KeyFile() {}

  /// Whether a key in a home can have that name; its file has `.pem` behind it.
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /// Writes `key` to a new file, durably and all at once.
  ///
  /// @throws FileAlreadyExistsException if `path` exists: a key is never overwritten
  public static void write(Path path, SigningKey key) throws IOException {
    byte[] pem = pem(key);
    try {
      PrivateFile.create(path, pem);
    } finally {
      Arrays.fill(pem, (byte) 0);
    }
  }

  /// Reads the key of a file.
  ///
  /// @throws AccessDeniedException if anybody but the file's owner may do anything with it
  /// @throws MalformedException if it holds anything but one whole Ed25519 key
  public static SigningKey read(Path path) throws IOException, MalformedException {
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
    Set<PosixFilePermission> others =
        EnumSet.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE);
    if (!others.containsAll(permissions)) {
      throw new AccessDeniedException(
          path.toString(),
          null,
          "others than its owner may use this private key ("
              + PosixFilePermissions.toString(permissions)
              + "): consider it known, or `chmod 600` it");
    }
    byte[] bytes;
    try (InputStream file = Files.newInputStream(path)) {
      bytes = file.readNBytes(MOST_BYTES + 1);
    }
    try {
      return decode(bytes);
    } catch (MalformedException e) {
      throw new MalformedException(path + " is no Ed25519 key file: " + e.getMessage(), e);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  static byte[] pem(SigningKey key) {
    byte[] seed = key.seed();
    byte[] der = Arrays.copyOf(DER, DER.length + SigningKey.SIZE);
    System.arraycopy(seed, 0, der, DER.length, SigningKey.SIZE);
    String text =
        key.did()
            + "\n"
            + BEGIN
            + "\n"
            + Base64.getEncoder().encodeToString(der)
            + "\n"
            + END
            + "\n";
    Arrays.fill(seed, (byte) 0);
    Arrays.fill(der, (byte) 0);
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static SigningKey decode(byte[] pem) throws MalformedException {
    if (pem.length > MOST_BYTES) {
      throw new MalformedException("longer than " + MOST_BYTES + " bytes");
    }
    // Latin-1 reads any byte; whatever isn't ASCII then matches nothing below.
    List<String> lines = new String(pem, StandardCharsets.ISO_8859_1).lines().toList();
    boolean named = !lines.isEmpty() && !lines.getFirst().equals(BEGIN);
    if (named) {
      Did.parse(lines.getFirst());
    }
    List<String> block = named ? lines.subList(1, lines.size()) : lines;
    if (block.size() != 3 || !block.get(0).equals(BEGIN) || !block.get(2).equals(END)) {
      throw new MalformedException("not one PEM block of a private key");
    }
    byte[] der = base64(block.get(1));
    try {
      if (der.length != DER.length + SigningKey.SIZE
          || !Arrays.equals(der, 0, DER.length, DER, 0, DER.length)) {
        throw new MalformedException("not PKCS#8 of an Ed25519 private key");
      }
      SigningKey key = SigningKey.ofSeed(Arrays.copyOfRange(der, DER.length, der.length));
      if (named && !key.did().toString().equals(lines.getFirst())) {
        throw new MalformedException("the key isn't that of the DID above it");
      }
      return key;
    } finally {
      Arrays.fill(der, (byte) 0);
    }
  }

  private static byte[] base64(String text) throws MalformedException {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("not base64", e);
    }
  }
}
