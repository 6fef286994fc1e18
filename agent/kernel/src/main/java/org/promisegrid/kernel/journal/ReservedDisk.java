package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/// A disk with a file on it that can be given up: whoever fills the disk doesn't get what it takes.
/// Safe for many threads.
final class ReservedDisk implements Disk {

  private static final int PIECE = 1 << 20;

  private final Disk disk;
  private final Path file;

  ReservedDisk(Disk disk, Path file) {
    this.disk = disk;
    this.file = file;
  }

  @Override
  public File open(Path path) throws IOException {
    return disk.open(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    disk.rename(from, to);
  }

  @Override
  public void remove(Path path) throws IOException {
    disk.remove(path);
  }

  @Override
  public long usable(Path directory) throws IOException {
    return disk.usable(directory);
  }

  /// Written in full, with bytes that no file system stores in less room.
  @Override
  public synchronized void setAside() throws IOException {
    if (Files.exists(file) && Files.size(file) == SET_ASIDE) {
      return;
    }
    byte[] piece = new byte[PIECE];
    new Random().nextBytes(piece);
    try (FileChannel to =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      for (long at = 0; at < SET_ASIDE; at += PIECE) {
        ByteBuffer left = ByteBuffer.wrap(piece);
        while (left.hasRemaining()) {
          to.write(left);
        }
      }
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
  }

  @Override
  public synchronized boolean release() throws IOException {
    if (!Files.exists(file)) {
      return false;
    }
    disk.remove(file);
    return true;
  }
}
