package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// The real one, but what is written needn't outlive a power cut: for many journals in little time.
final class HastyDisk implements Disk {

  private final Disk real = Disk.real();
  private final Runnable forcing;

  HastyDisk() {
    this(() -> {});
  }

  /// @param forcing what is done in place of forcing a file
  HastyDisk(Runnable forcing) {
    this.forcing = forcing;
  }

  @Override
  public File open(Path path) throws IOException {
    return new Hasty(real.open(path), forcing);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void remove(Path path) throws IOException {
    Files.deleteIfExists(path);
  }

  @Override
  public long usable(Path directory) throws IOException {
    return real.usable(directory);
  }

  private record Hasty(File file, Runnable forcing) implements File {

    @Override
    public void write(byte[] bytes, long offset) throws IOException {
      file.write(bytes, offset);
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public void force() {
      forcing.run();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
