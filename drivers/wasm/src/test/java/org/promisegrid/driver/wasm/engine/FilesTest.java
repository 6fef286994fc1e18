package org.promisegrid.driver.wasm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dylibso.chicory.wasm.types.MemoryLimits;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.promisegrid.sandbox.Invocation;

/// Secrets as a module finds them: folders with nothing else in them, that lead nowhere else.
final class FilesTest {

  private static final int EBADF = 8;
  private static final int EISDIR = 31;
  private static final int EMFILE = 33;
  private static final int ENOENT = 44;
  private static final int ENOTDIR = 54;
  private static final int EROFS = 69;
  private static final int ENOTCAPABLE = 76;

  private static final int PATH = 1024;
  private static final int OUT = 2048;
  private static final int TEXT = 4096;
  private static final int CREATE = 1;
  private static final int DIRECTORY = 2;
  private static final int TRUNCATE = 8;

  private final LinearMemory memory = new LinearMemory(new MemoryLimits(1), new Nothing());
  private final Files files =
      new Files(
          Map.of(
              "/run/secrets/a", utf8("0123456789"),
              "/run/secrets/b", utf8(""),
              "/top", utf8("of the tree")));

  @Test
  void eachFolderIsPreopenedByItsName() {
    assertThat(call("fd_prestat_get", 3, OUT)).isZero();
    assertThat(memory.readInt(OUT + 4)).isEqualTo(1);
    assertThat(call("fd_prestat_dir_name", 3, TEXT, 1)).isZero();
    assertThat(text(TEXT, 1)).isEqualTo("/");
    assertThat(call("fd_prestat_get", 4, OUT)).isZero();
    int length = memory.readInt(OUT + 4);
    assertThat(call("fd_prestat_dir_name", 4, TEXT, length)).isZero();
    assertThat(text(TEXT, length)).isEqualTo("/run/secrets");
    assertThat(call("fd_prestat_get", 5, OUT)).isEqualTo(EBADF);
    assertThat(call("fd_prestat_dir_name", 4, TEXT, 3)).isNotZero();
  }

  @Test
  void aFileIsReadInPiecesFromAnywhere() {
    int file = open(4, "a", 0);
    assertThat(read(file, 4)).isEqualTo("0123");
    assertThat(call("fd_tell", file, OUT)).isZero();
    assertThat(memory.readLong(OUT)).isEqualTo(4);
    assertThat(call("fd_seek", file, -2, 2, OUT)).isZero();
    assertThat(read(file, 100)).isEqualTo("89");
    assertThat(read(file, 100)).isEmpty();
    assertThat(call("fd_seek", file, 1L << 40, 0, OUT)).isZero();
    assertThat(read(file, 100)).isEmpty();
    assertThat(call("fd_seek", file, -1, 0, OUT)).isNotZero();
    assertThat(call("fd_seek", file, 0, 7, OUT)).isNotZero();
    vector(3);
    assertThat(call("fd_pread", file, PATH, 1, 5, OUT)).isZero();
    assertThat(text(TEXT, memory.readInt(OUT))).isEqualTo("567");
    assertThat(call("fd_pread", file, PATH, 1, -1, OUT)).isNotZero();
  }

  @Test
  void whatAFileIsIsToldAndNothingMore() {
    int file = open(4, "a", 0);
    assertThat(call("fd_filestat_get", file, OUT)).isZero();
    assertThat(memory.read(OUT + 16)).isEqualTo((byte) 4);
    assertThat(memory.readLong(OUT + 32)).isEqualTo(10);
    assertThat(memory.readLong(OUT + 40)).isZero();
    path("b");
    assertThat(call("path_filestat_get", 4, 1, PATH, 1, OUT)).isZero();
    assertThat(memory.readLong(OUT + 32)).isZero();
    assertThat(call("fd_fdstat_get", 4, OUT)).isZero();
    assertThat(memory.read(OUT)).isEqualTo((byte) 3);
    assertThat(memory.readLong(OUT + 8) & (1L << 6)).as("the right to write").isZero();
    assertThat(memory.readLong(OUT + 16) & (1L << 6)).as("the right to write").isZero();
  }

  @Test
  void aFolderListsItsFilesAlone() {
    assertThat(list(4, 4096)).containsExactly(".", "..", "a", "b");
    assertThat(list(3, 4096)).containsExactly(".", "..", "top");
    // In a buffer that holds one entry at a time.
    assertThat(list(4, 30)).containsExactly(".", "..", "a", "b");
    int folder = open(4, ".", DIRECTORY);
    assertThat(list(folder, 4096)).containsExactly(".", "..", "a", "b");
  }

  @ParameterizedTest
  @CsvSource({
    "../etc/passwd," + ENOTCAPABLE,
    "..," + ENOTCAPABLE,
    "/etc/passwd," + ENOTCAPABLE,
    "./../secrets/a," + ENOTCAPABLE,
    "a/," + ENOTDIR,
    "a/..," + ENOTDIR,
    "c," + ENOENT,
    "'A'," + ENOENT,
    "''," + ENOENT
  })
  void thereIsNoWayOut(String path, int error) {
    assertThat(tryOpen(4, path, 0)).isEqualTo(error);
  }

  @Test
  void nothingIsMadeChangedOrWritten() {
    assertThat(tryOpen(4, "a\0", 0)).isEqualTo(ENOENT);
    assertThat(tryOpen(4, "new", CREATE)).isEqualTo(EROFS);
    assertThat(tryOpen(4, "a", TRUNCATE)).isEqualTo(EROFS);
    assertThat(tryOpen(4, ".", TRUNCATE)).isEqualTo(EISDIR);
    assertThat(tryOpen(4, "a", DIRECTORY)).isEqualTo(ENOTDIR);
    assertThat(read(open(4, "a", CREATE), 10)).isEqualTo("0123456789");
  }

  @Test
  void descriptorsAreClosedMovedAndBounded() {
    int file = open(4, "a", 0);
    int other = open(3, "top", 0);
    assertThat(files.renumber(other, file)).isZero();
    assertThat(read(file, 2)).isEqualTo("of");
    assertThat(call("fd_tell", other, OUT)).isEqualTo(EBADF);
    assertThat(files.close(file)).isZero();
    assertThat(files.close(file)).isEqualTo(EBADF);
    assertThat(files.renumber(file, 3)).isEqualTo(EBADF);
    assertThat(files.close(-1)).isEqualTo(EBADF);
    int opened = 0;
    while (tryOpen(4, "a", 0) == 0) {
      opened++;
      assertThat(opened).isLessThan(1000);
    }
    assertThat(tryOpen(4, "a", 0)).isEqualTo(EMFILE);
  }

  @Test
  void onFoldersWhatIsForFilesFailsAndTheOtherWayRound() {
    int file = open(4, "a", 0);
    vector(1);
    assertThat(files.read(memory, new long[] {4, PATH, 1, OUT})).isEqualTo(EISDIR);
    assertThat(call("fd_seek", 4, 0, 0, OUT)).isEqualTo(EISDIR);
    assertThat(call("fd_readdir", file, TEXT, 100, 0, OUT)).isEqualTo(ENOTDIR);
    assertThat(tryOpen(file, "a", 0)).isEqualTo(ENOTDIR);
    assertThat(tryOpen(99, "a", 0)).isEqualTo(EBADF);
    assertThat(tryOpen(-5, "a", 0)).isEqualTo(EBADF);
  }

  @Test
  void aPointerOutOfTheMemoryIsATrap() {
    int file = open(4, "a", 0);
    for (Runnable hostile :
        List.<Runnable>of(
            () -> call("fd_prestat_get", 4, 65_536),
            () -> call("fd_prestat_dir_name", 4, -1, 100),
            () -> call("fd_filestat_get", file, 65_500),
            () -> call("fd_fdstat_get", file, Integer.MIN_VALUE),
            () -> call("fd_seek", file, 0, 0, 65_530),
            () -> call("fd_readdir", 4, 65_000, 10_000, 0, OUT),
            () -> call("fd_readdir", 4, TEXT, -1, 0, OUT),
            () -> call("path_open", 4, 0, 65_530, 100, 0, 0, 0, 0, OUT),
            () -> call("path_open", 4, 0, PATH, -1, 0, 0, 0, 0, OUT),
            () -> files.read(memory, new long[] {file, 65_534, 1, OUT}))) {
      assertThatThrownBy(hostile::run).isInstanceOf(LinearMemory.OutOfBoundsException.class);
    }
  }

  private int call(String function, long... arguments) {
    return Objects.requireNonNull(Files.CALLS.get(function)).apply(files, memory, arguments);
  }

  private int tryOpen(int folder, String path, int how) {
    int length = path(path);
    return call("path_open", folder, 0, PATH, length, how, -1, -1, 0, OUT);
  }

  private int open(int folder, String path, int how) {
    assertThat(tryOpen(folder, path, how)).isZero();
    return memory.readInt(OUT);
  }

  private int path(String path) {
    byte[] bytes = utf8(path);
    memory.write(PATH, bytes, 0, bytes.length);
    return bytes.length;
  }

  private void vector(int length) {
    memory.writeI32(PATH, TEXT);
    memory.writeI32(PATH + 4, length);
  }

  private String read(int file, int length) {
    vector(length);
    assertThat(files.read(memory, new long[] {file, PATH, 1, OUT})).isZero();
    return text(TEXT, memory.readInt(OUT));
  }

  private List<String> list(int folder, int room) {
    List<String> names = new ArrayList<>();
    long cookie = 0;
    while (true) {
      assertThat(call("fd_readdir", folder, TEXT, room, cookie, OUT)).isZero();
      int used = memory.readInt(OUT);
      int at = 0;
      int whole = 0;
      while (at + 24 <= used) {
        int length = memory.readInt(TEXT + at + 16);
        if (at + 24 + length > used) {
          break;
        }
        names.add(text(TEXT + at + 24, length));
        cookie = memory.readLong(TEXT + at);
        at += 24 + length;
        whole++;
      }
      if (whole == 0) {
        return names;
      }
    }
  }

  private String text(int address, int length) {
    return new String(memory.readBytes(address, length), StandardCharsets.UTF_8);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// A run that may hold one page of memory and nothing else.
  private static final class Nothing implements Surroundings {
    @Override
    public Invocation invocation() {
      return Invocation.of();
    }

    @Override
    public boolean pure() {
      return false;
    }

    @Override
    public Instant now() {
      return Instant.EPOCH;
    }

    @Override
    public InputStream in() {
      return InputStream.nullInputStream();
    }

    @Override
    public OutputStream out() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public OutputStream log() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public Map<String, byte[]> files() {
      return Map.of();
    }

    @Override
    public byte[] ask(byte[] message) {
      return new byte[0];
    }

    @Override
    public void sleep(long nanoseconds) {}

    @Override
    public long memoryLimit() {
      return 1 << 16;
    }

    @Override
    public void hold(long used, long taken) {}

    @Override
    public void release(long taken) {}

    @Override
    public long free() {
      return 1 << 16;
    }
  }
}
