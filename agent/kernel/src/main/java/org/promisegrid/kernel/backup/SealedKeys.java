package org.promisegrid.kernel.backup;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.generators.SCrypt;
import org.promisegrid.kernel.message.Protocols;

/// The files of `keys/` and `tokens/`, under a passphrase: 16 bytes of salt, 12 of nonce, then
/// AES-256 in GCM with the key that scrypt (N = 32768, r = 8, p = 1) makes of passphrase and salt.
/// What is encrypted is, for each file, the lengths of name and bytes (4 bytes each) and both.
final class SealedKeys {

  private static final int SALT = 16;
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;

  /// 32 MiB of memory and a tenth of a second for each guess.
  private static final int COST = 1 << 15;

  /// All keys and tokens of a home together, sealed; a few hundred bytes each.
  static final int MOST = 16 << 20;

  private static final List<String> FOLDERS = List.of("keys", "tokens");

  /// How often a folder that changes all the time is read until it doesn't.
  private static final int MOST_READINGS = 100;

  private SealedKeys() {}

  /// What is to be sealed, by its name in the archive, as it was at one moment: what others write
  /// there meanwhile (a command that makes a key or changes the owner's) is there whole or not.
  ///
  /// @throws BackupException if there is what no restore would take
  static SortedMap<String, ByteBuffer> collect(Path home) throws IOException {
    SortedMap<String, ByteBuffer> last = read(home);
    for (int i = 0; i < MOST_READINGS; i++) {
      SortedMap<String, ByteBuffer> now = read(home);
      if (now.equals(last)) {
        return now;
      }
      last = now;
    }
    throw new BackupException("the keys and tokens of " + home + " change all the time");
  }

  private static SortedMap<String, ByteBuffer> read(Path home) throws IOException {
    SortedMap<String, ByteBuffer> all = new TreeMap<>();
    long room = MOST - SALT - NONCE - TAG_BITS / 8;
    for (String folder : FOLDERS) {
      for (Path file : files(home.resolve(folder))) {
        String name = folder + "/" + file.getFileName();
        if (!Names.isSealed(name)) {
          throw new BackupException(
              file + " has a name that no backup takes: rename it, or move it elsewhere");
        }
        byte[] bytes;
        try {
          room -= 2 * Integer.BYTES + name.length() + Files.size(file);
          if (room < 0) {
            throw new BackupException(
                "the keys and tokens are more than %d bytes: move some files of %s elsewhere"
                    .formatted(MOST, file.resolveSibling("")));
          }
          bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException _) {
          continue; // removed or renamed since: the next reading shows which
        }
        all.put(name, ByteBuffer.wrap(bytes));
      }
    }
    return all;
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !Names.isUnfinished(String.valueOf(file.getFileName())))
          .sorted()
          .toList();
    }
  }

  static byte[] seal(Map<String, ByteBuffer> files, String passphrase, SecureRandom random) {
    int size = 0;
    for (Map.Entry<String, ByteBuffer> file : files.entrySet()) {
      size += 2 * Integer.BYTES + file.getKey().length() + file.getValue().remaining();
    }
    ByteBuffer plain = ByteBuffer.allocate(size);
    files.forEach((name, bytes) ->
        plain
            .putInt(name.length())
            .putInt(bytes.remaining())
            .put(name.getBytes(US_ASCII))
            .put(bytes.duplicate()));
    byte[] salt = new byte[SALT];
    byte[] nonce = new byte[NONCE];
    random.nextBytes(salt);
    random.nextBytes(nonce);
    byte[] sealed = cipher(Cipher.ENCRYPT_MODE, passphrase, salt, nonce, plain.array());
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
}
