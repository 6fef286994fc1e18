package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Files, as the host keeps them.
final class RealDisk implements Disk {

  @Override
  public File open(Path path) throws IOException {
    return JournalFile.open(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    forceNames(to);
  }

  @Override
  public void remove(Path path) throws IOException {
    if (Files.deleteIfExists(path)) {
      forceNames(path);
    }
  }

  private static void forceNames(Path beside) throws IOException {
    try (FileChannel names =
        FileChannel.open(beside.toAbsolutePath().resolveSibling(""), StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  @Override
  public long usable(Path directory) {
    return directory.toFile().getUsableSpace();
  }
}
