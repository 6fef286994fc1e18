package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.message.MalformedException;

final class KeyFileTest {

  @TempDir Path folder;

  private final SigningKey key = new Cast(5).node;

  private Path file(String text) throws Exception {
    Path path = folder.resolve("key.pem");
    Files.deleteIfExists(path);
    Files.createFile(
        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(path, text, StandardCharsets.ISO_8859_1);
    return path;
  }

  @Test
  void aKeyIsReadBackAndItsFileIsItsOwnersOnly() throws Exception {
    Path path = folder.resolve("node.pem");

    KeyFile.write(path, key);

    assertThat(KeyFile.read(path).did()).isEqualTo(key.did());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
    assertThat(Files.readString(path)).startsWith(key.did() + "\n-----BEGIN PRIVATE KEY-----\n");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void aKeyIsNeverOverwritten() throws Exception {
    Path path = folder.resolve("node.pem");
    KeyFile.write(path, key);

    assertThatThrownBy(() -> KeyFile.write(path, new Cast(6).node))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(KeyFile.read(path).did()).isEqualTo(key.did());
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void aKeyThatOthersCanUseIsRefused() throws Exception {
    Path path = folder.resolve("node.pem");
    KeyFile.write(path, key);

    for (String permissions : List.of("rw-r-----", "rw----r--", "rw--w----", "rw-rw-rw-")) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
      assertThatThrownBy(() -> KeyFile.read(path))
          .isInstanceOf(AccessDeniedException.class)
          .hasMessageContaining(permissions);
    }
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r--------"));
    assertThat(KeyFile.read(path).did()).isEqualTo(key.did());
  }

  @Test
  void aMissingKeyIsMissing() {
    assertThatThrownBy(() -> KeyFile.read(folder.resolve("none.pem")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void everyTruncatedKeyFileIsRefused() throws Exception {
    byte[] pem = KeyFile.pem(key);

    // The last line break alone can be missing.
    for (int length = 0; length < pem.length - 1; length++) {
      byte[] cut = Arrays.copyOf(pem, length);
      assertThatThrownBy(() -> KeyFile.decode(cut))
          .as("the first %d bytes", length)
          .isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void aHostileKeyFileIsAClearError() throws Exception {
    String good = new String(KeyFile.pem(key), StandardCharsets.US_ASCII);
    String other = new String(KeyFile.pem(new Cast(6).node), StandardCharsets.US_ASCII);
    List<String> hostile =
        List.of(
            "",
            "\0",
            "ÿ".repeat(100),
            "A".repeat(1_000_000),
            good + good,
            good.replace("PRIVATE", "PUBLIC"),
            good.replace("PRIVATE", "RSA PRIVATE"),
            good.replace("PRIVATE", "ENCRYPTED PRIVATE"),
            good.replace("MC4CAQ", "MC4CAg"),
            good.replace("MC4", "!!!"),
            // One key under another's name.
            other.lines().findFirst().orElseThrow() + good.substring(good.indexOf('\n')));

    for (String text : hostile) {
      Path path = file(text);
      assertThatThrownBy(() -> KeyFile.read(path))
          .isInstanceOf(MalformedException.class)
          .hasMessageStartingWith(path + " is no Ed25519 key file: ");
    }
  }

  @Test
  void opensslReadsOurKeysAndWeReadItsKeys() throws Exception {
    assumeTrue(run("openssl", "version") == 0, "no openssl on this host");
    Path ours = folder.resolve("ours.pem");
    KeyFile.write(ours, key);
    Path check = folder.resolve("public.der");

    assertThat(
            run(
                "openssl",
                "pkey",
                "-in",
                ours.toString(),
                "-pubout",
                "-outform",
                "DER",
                "-out",
                check.toString()))
        .isZero();
    byte[] der = Files.readAllBytes(check);
    assertThat(Arrays.copyOfRange(der, der.length - 32, der.length))
        .isEqualTo(key.did().key().bytes());

    Path theirs = folder.resolve("theirs.pem");
    assertThat(run("openssl", "genpkey", "-algorithm", "ed25519", "-out", theirs.toString()))
        .isZero();
    Files.setPosixFilePermissions(theirs, PosixFilePermissions.fromString("rw-------"));
    SigningKey read = KeyFile.read(theirs);
    assertThat(read.did().key().verify(new byte[3], read.sign(new byte[3]))).isTrue();
  }

  private static int run(String... command) throws Exception {
    try {
      return new ProcessBuilder(command)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException absent) {
      return -1;
    }
  }
}
