package org.promisegrid.driver.wasm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.wasm.engine.ModuleCompiler;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.tck.TestProgram;

/// What comes out of the cache is what was put, or nothing.
@Timeout(600)
class CodeCacheTest {

  private static final Cid ONE = Cid.of(new byte[] {1});
  private static final Cid TWO = Cid.of(new byte[] {2});
  private static final byte[] CODE = "compiled code".getBytes(StandardCharsets.UTF_8);

  private final Path directory;
  private final CodeCache cache;

  CodeCacheTest(@TempDir Path directory) {
    this.directory = directory;
    this.cache = new CodeCache(directory.resolve("code"), "compiler 1", 1000);
  }

  @Test
  void whatWasPutComesBack() {
    assertThat(cache.of(ONE).load()).isEmpty();
    cache.of(ONE).store(CODE);
    assertThat(cache.of(ONE).load()).hasValueSatisfying(code -> assertThat(code).isEqualTo(CODE));
    assertThat(cache.of(TWO).load()).isEmpty();
    cache.of(ONE).discard();
    assertThat(cache.of(ONE).load()).isEmpty();
  }

  @Test
  void codeOfAnotherCompilerIsNotFound() {
    cache.of(ONE).store(CODE);
    assertThat(new CodeCache(directory.resolve("code"), "compiler 2", 1000).of(ONE).load())
        .isEmpty();
  }

  @Test
  void aFlippedBitAnywhereIsNoticedAndTheFileIsGone() throws IOException {
    cache.of(ONE).store(CODE);
    Path file = file();
    byte[] good = Files.readAllBytes(file);
    for (int bit = 0; bit < good.length * 8; bit++) {
      byte[] bad = good.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, bad);
      assertThat(cache.of(ONE).load()).as("bit %d", bit).isEmpty();
      assertThat(file).doesNotExist();
    }
    Files.write(file, good);
    assertThat(cache.of(ONE).load()).isPresent();
  }

  @Test
  void aFileThatIsTooShortOrTooLongIsNoticed() throws IOException {
    cache.of(ONE).store(CODE);
    Path file = file();
    byte[] good = Files.readAllBytes(file);
    for (int length = 0; length < good.length + 3; length++) {
      if (length != good.length) {
        Files.write(file, Arrays.copyOf(good, length));
        assertThat(cache.of(ONE).load()).as("length %d", length).isEmpty();
      }
    }
  }

  @Test
  void codeUnderTheNameOfAnotherModuleIsNoticed() throws IOException {
    cache.of(ONE).store(CODE);
    Path one = file();
    cache.of(TWO).store("other code".getBytes(StandardCharsets.UTF_8));
    Path two = files().stream().filter(file -> !file.equals(one)).findFirst().orElseThrow();
    Files.copy(one, two, StandardCopyOption.REPLACE_EXISTING);
    assertThat(cache.of(TWO).load()).isEmpty();
    assertThat(cache.of(ONE).load()).isPresent();
  }

  @Test
  void onlyTheAgentCanReachIt() throws IOException {
    Files.createDirectory(directory.resolve("code"));
    cache.of(ONE).store(CODE);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file().getParent())))
        .isEqualTo("rwx------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
  }

  @Test
  void whatWasUsedLongestAgoMakesRoom() throws IOException {
    byte[] large = new byte[280]; // with their heads, three fit
    for (int i = 0; i < 3; i++) {
      cache.of(Cid.of(new byte[] {(byte) i})).store(large);
    }
    for (Path file : files()) {
      Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    }
    assertThat(cache.of(Cid.of(new byte[] {0})).load()).isPresent();
    assertThat(cache.of(Cid.of(new byte[] {2})).load()).isPresent();
    cache.of(Cid.of(new byte[] {3})).store(large);
    assertThat(cache.of(Cid.of(new byte[] {1})).load()).isEmpty();
    assertThat(files()).hasSizeLessThanOrEqualTo(3);
    assertThat(cache.of(Cid.of(new byte[] {3})).load()).isPresent();
  }

  @Test
  void theFolderIsLookedThroughOnlyWhenNotAllMayFit() throws IOException {
    cache.of(ONE).store(new byte[100]);
    // Of this the cache knows nothing, so it doesn't go before the folder is looked through again.
    Path strange = directory.resolve("code/strange.code");
    Files.write(strange, new byte[900]);
    Files.setLastModifiedTime(strange, FileTime.from(Instant.EPOCH));
    cache.of(TWO).store(new byte[100]);
    assertThat(strange).exists();
    cache.of(Cid.of(new byte[] {3})).store(new byte[700]);
    assertThat(strange).doesNotExist();
    assertThat(cache.of(Cid.of(new byte[] {3})).load()).isPresent();
  }

  @Test
  void whatIsTooLargeIsntKept() throws IOException {
    cache.of(ONE).store(new byte[1001]);
    assertThat(directory.resolve("code")).doesNotExist();
  }

  @Test
  void anUnusableDirectoryCostsTimeNotRuns() throws IOException, InterruptedException {
    Files.writeString(directory.resolve("code"), "a file where the directory should be");
    try (Lab lab = new Lab(directory)) {
      assertThat(lab.outcome(Modules.of(TestProgram.EXIT), "5")).isEqualTo(new Outcome.Exited(5));
    }
  }

  @Test
  void theNextProcessRunsWhatTheFirstCompiled() throws InterruptedException {
    byte[] five = Wasm.command(Wasm.constant(5), 0x1a);
    byte[] broken = Wasm.command(0x00);
    try (Lab lab = new Lab(directory)) {
      assertThat(lab.outcome(five)).isEqualTo(new Outcome.Exited(0));
      assertThat(lab.outcome(broken)).isEqualTo(new Outcome.Faulted("unreachable"));
    }
    // To see that it is used, another module's code is put in its place, as only the driver can.
    CodeCache own = new CodeCache(directory.resolve("code"), ModuleCompiler.version(), Lab.MIB);
    Optional<byte[]> other = own.of(Cid.of(broken)).load();
    assertThat(other).isPresent();
    own.of(Cid.of(five)).store(other.orElseThrow());
    try (Lab lab = new Lab(directory)) {
      assertThat(lab.outcome(five)).isEqualTo(new Outcome.Faulted("unreachable"));
    }
  }

  @Test
  void damagedCodeIsCompiledAgain() throws IOException, InterruptedException {
    byte[] module = Modules.of(TestProgram.EXIT);
    try (Lab lab = new Lab(directory)) {
      lab.outcome(module, "1");
    }
    byte[] good = Files.readAllBytes(file());
    Random random = new Random(1);
    for (int i = 0; i < 5; i++) {
      byte[] bad = good.clone();
      bad[random.nextInt(bad.length)] ^= 1;
      Files.write(file(), bad);
      try (Lab lab = new Lab(directory)) {
        assertThat(lab.outcome(module, "7")).isEqualTo(new Outcome.Exited(7));
      }
      assertThat(Files.readAllBytes(file())).isNotEqualTo(bad);
    }
  }

  @Test
  void codeThatDoesntLoadIsCompiledAgain() throws InterruptedException {
    byte[] module = Modules.of(TestProgram.EXIT);
    CodeCache own = new CodeCache(directory.resolve("code"), ModuleCompiler.version(), Lab.MIB);
    own.of(Cid.of(module)).store("no archive".getBytes(StandardCharsets.UTF_8));
    try (Lab lab = new Lab(directory)) {
      assertThat(lab.outcome(module, "7")).isEqualTo(new Outcome.Exited(7));
    }
    assertThat(own.of(Cid.of(module)).load().orElseThrow()).hasSizeGreaterThan(1000);
  }

  private Path file() throws IOException {
    return files().getFirst();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("code"))) {
      return files.sorted().toList();
    }
  }
}
