package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.promisegrid.kernel.content.Folder;

/// Files, as the host keeps them.
final class RealDisk implements Disk {

  @Override
  public File open(Path path) throws IOException {
    return JournalFile.open(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    Folder.forceName(to);
  }

  @Override
  public void remove(Path path) throws IOException {
    if (Files.deleteIfExists(path)) {
      Folder.forceName(path);
    }
  }

  @Override
  public long usable(Path directory) {
    return directory.toFile().getUsableSpace();
  }
}
