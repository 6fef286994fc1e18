package org.promisegrid.driver.wasm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.promisegrid.driver.wasm.engine.CodeStore;
import org.promisegrid.sandbox.Cid;

/// Compiled code on disk, so that a module is compiled once and not once per process.
///
/// The JVM loads what it finds here without another look, so what is found must be exactly what was
/// put: a file is named after the module and the compiler, and begins with a digest over both and
/// over what follows. One that doesn't fit is deleted. The directory is the agent's alone.
///
/// Nothing here ever fails a run: without the cache a module is compiled again.
final class CodeCache {

  private static final System.Logger LOG = System.getLogger(CodeCache.class.getName());

  private static final byte[] FORMAT = "grid/wasm/code/1\n".getBytes(StandardCharsets.US_ASCII);
  private static final int DIGEST = 32;
  private static final String SUFFIX = ".code";

  private final Path directory;
  private final String version;
  private final long size;

  /// At most so many bytes are there; negative before the folder was looked through.
  private long held = -1;

  /// @param size the most bytes to keep
  CodeCache(Path directory, String version, long size) {
    this.directory = directory;
    this.version = version;
    this.size = size;
  }

  /// The place of one module's code.
  CodeStore of(Cid module) {
    return new Place(module);
  }

  private final class Place implements CodeStore {

    private final byte[] key;
    private final Path file;

    Place(Cid module) {
      this.key = (module + "\n" + version).getBytes(StandardCharsets.UTF_8);
      this.file = directory.resolve(HexFormat.of().formatHex(Cid.sha256().digest(key)) + SUFFIX);
    }

    @Override
    public Optional<byte[]> load() {
      byte[] all;
      try {
        if (Files.size(file) > size) {
          discard();
          return Optional.empty();
        }
        all = Files.readAllBytes(file);
      } catch (NoSuchFileException e) {
        return Optional.empty();
      } catch (IOException e) {
        discard();
        return Optional.empty();
      }
      int head = FORMAT.length + DIGEST;
      if (all.length < head
          || !Arrays.equals(all, 0, FORMAT.length, FORMAT, 0, FORMAT.length)
          || !MessageDigest.isEqual(
              digest(ByteBuffer.wrap(all, head, all.length - head)),
              Arrays.copyOfRange(all, FORMAT.length, head))) {
        discard();
        return Optional.empty();
      }
      touch();
      return Optional.of(Arrays.copyOfRange(all, head, all.length));
    }

    @Override
    public void store(byte[] code) {
      if (code.length > size) {
        return;
      }
      try {
        Files.createDirectories(directory);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        Path fresh = Files.createTempFile(directory, "fresh", SUFFIX); // 0600
        try {
          ByteBuffer all = ByteBuffer.allocate(FORMAT.length + DIGEST + code.length);
          all.put(FORMAT).put(digest(ByteBuffer.wrap(code))).put(code);
          Files.write(fresh, all.array());
          Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          Files.deleteIfExists(fresh);
        }
        trim(FORMAT.length + DIGEST + code.length);
      } catch (IOException e) {
        LOG.log(System.Logger.Level.WARNING, "keeping compiled code in " + directory, e);
      }
    }

    @Override
    public void discard() {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        LOG.log(System.Logger.Level.WARNING, "deleting compiled code " + file, e);
      }
    }

    private byte[] digest(ByteBuffer code) {
      MessageDigest digest = Cid.sha256();
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(key.length).flip());
      digest.update(key);
      digest.update(code);
      return digest.digest();
    }

    /// What was used last is kept longest.
    private void touch() {
      try {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
      } catch (IOException e) {
        LOG.log(System.Logger.Level.DEBUG, "touching compiled code " + file, e);
      }
    }
  }

  /// Deletes what was used longest ago if not all may fit; an eighth more than it must, so that the
  /// folder isn't looked through each time that something comes.
  private synchronized void trim(long added) throws IOException {
    if (held >= 0 && held + added <= size) {
      held += added;
      return;
    }
    List<Kept> files = new ArrayList<>();
    long sum = 0;
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : stream) {
        try {
          Kept kept = new Kept(file, Files.size(file), Files.getLastModifiedTime(file));
          files.add(kept);
          sum += kept.size;
        } catch (NoSuchFileException e) {
          LOG.log(System.Logger.Level.DEBUG, "compiled code went away meanwhile: " + file, e);
        }
      }
    }
    if (sum > size) {
      files.sort(Comparator.comparing(Kept::used));
      for (Kept kept : files) {
        // What came just now is the last, and stays if it fits by itself.
        if (sum <= size - size / 8 || (kept.equals(files.getLast()) && sum <= size)) {
          break;
        }
        Files.deleteIfExists(kept.file);
        sum -= kept.size;
      }
    }
    held = sum;
  }

  private record Kept(Path file, long size, FileTime used) {}
}
