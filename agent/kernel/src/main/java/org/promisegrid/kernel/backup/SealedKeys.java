package org.promisegrid.kernel.backup;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.generators.SCrypt;
import org.promisegrid.kernel.message.Protocols;

/// The files of `keys/`, under a passphrase: 16 bytes of salt, 12 of nonce, then AES-256 in GCM
/// with the key that scrypt (N = 32768, r = 8, p = 1) makes of passphrase and salt. What is
/// encrypted is, for each file, the lengths of name and bytes (4 bytes each) and both.
final class SealedKeys {

  private static final int SALT = 16;
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;

  /// 32 MiB of memory and a tenth of a second for each guess.
  private static final int COST = 1 << 15;

  /// All keys of a home together; a few hundred bytes each.
  static final int MOST = 1 << 20;

  private SealedKeys() {}

  static byte[] seal(Path keys, String passphrase, SecureRandom random) throws IOException {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(plain);
    try (Stream<Path> files = Files.list(keys)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        byte[] name = String.valueOf(file.getFileName()).getBytes(UTF_8);
        byte[] bytes = Files.readAllBytes(file);
        out.writeInt(name.length);
        out.writeInt(bytes.length);
        out.write(name);
        out.write(bytes);
      }
    }
    byte[] salt = new byte[SALT];
    byte[] nonce = new byte[NONCE];
    random.nextBytes(salt);
    random.nextBytes(nonce);
    byte[] sealed = cipher(Cipher.ENCRYPT_MODE, passphrase, salt, nonce, plain.toByteArray());
    return ByteBuffer.allocate(SALT + NONCE + sealed.length)
        .put(salt)
        .put(nonce)
        .put(sealed)
        .array();
  }

  /// The files by their names.
  ///
  /// @throws RestoreException if the passphrase is another, or the bytes are
  static Map<String, byte[]> open(byte[] sealed, String passphrase) {
    if (sealed.length < SALT + NONCE + TAG_BITS / 8) {
      throw new RestoreException("the keys in the backup are cut off");
    }
    try {
      ByteBuffer in =
          ByteBuffer.wrap(
              cipher(
                  Cipher.DECRYPT_MODE,
                  passphrase,
                  Arrays.copyOf(sealed, SALT),
                  Arrays.copyOfRange(sealed, SALT, SALT + NONCE),
                  Arrays.copyOfRange(sealed, SALT + NONCE, sealed.length)));
      Map<String, byte[]> files = new LinkedHashMap<>();
      while (in.hasRemaining()) {
        byte[] name = new byte[Math.clamp(in.getInt(), 1, Tar.MOST_NAME)];
        byte[] bytes = new byte[Math.clamp(in.getInt(), 0, in.remaining())];
        in.get(name).get(bytes);
        files.put(new String(name, UTF_8), bytes);
      }
      return files;
    } catch (BufferUnderflowException e) {
      throw new RestoreException("the keys in the backup are damaged", e);
    }
  }

  private static byte[] cipher(
      int mode, String passphrase, byte[] salt, byte[] nonce, byte[] bytes) {
    byte[] key = SCrypt.generate(passphrase.getBytes(UTF_8), salt, COST, 8, 1, 32);
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(Protocols.cid("backup").bytes());
      return cipher.doFinal(bytes);
    } catch (GeneralSecurityException e) {
      throw new RestoreException(
          "the keys in the backup don't open with this passphrase, or are damaged", e);
    }
  }

  /// Names that a key's file can have.
  static boolean isName(String name) {
    return name.matches("[a-z0-9][a-z0-9._-]{0,63}") && !List.of(".", "..").contains(name);
  }
}
