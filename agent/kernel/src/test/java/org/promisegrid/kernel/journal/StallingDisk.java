package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/// A disk whose forces, once it is told to stall, don't return until it is told to go on.
final class StallingDisk implements Disk {

  private final Disk disk = Disk.real();
  private volatile CountDownLatch open = new CountDownLatch(0);
  private volatile CountDownLatch stalled = new CountDownLatch(1);

  void stall() {
    stalled = new CountDownLatch(1);
    open = new CountDownLatch(1);
  }

  /// Waits until somebody waits for it.
  void awaitStalled() throws InterruptedException {
    stalled.await();
  }

  void goOn() {
    open.countDown();
  }

  @Override
  public File open(Path path) throws IOException {
    File file = disk.open(path);
    return new File() {
      @Override
      public void write(byte[] bytes, long offset) throws IOException {
        file.write(bytes, offset);
      }

      @Override
      public void truncate(long size) throws IOException {
        file.truncate(size);
      }

      @Override
      public void force() throws IOException {
        CountDownLatch closed = open;
        stalled.countDown();
        try {
          closed.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
        file.force();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    };
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
}
