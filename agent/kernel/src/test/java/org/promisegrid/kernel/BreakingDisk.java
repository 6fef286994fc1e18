package org.promisegrid.kernel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.promisegrid.kernel.journal.Disk;

/// A disk that fails at the n-th thing that is done to it.
final class BreakingDisk implements Disk {

  /// How it fails.
  enum Failure {
    /// It says so once, and goes on as if nothing had been.
    ONCE,
    /// Half of what is written fits.
    FULL,
    /// Half of what is written reaches the disk, and from then on nothing more: the agent was
    /// killed.
    CUT,
    /// Nothing that wasn't forced is there any more: the power was cut.
    POWER,
    /// The power was cut, and where something was that wasn't forced, there are zeroes.
    ZEROES,
    /// Likewise, and there is something else.
    GARBAGE,
    /// Likewise, and a part of it is there, a part isn't.
    HOLES
  }

  /// How much of what wasn't forced survives, or doesn't, in one piece.
  private static final int BLOCK = 64;

  private final Disk disk = Disk.real();
  private final AtomicInteger done = new AtomicInteger();
  private final int breaksAt;
  private final Failure failure;
  private final ConcurrentMap<Path, Watched> files = new ConcurrentHashMap<>();
  private volatile boolean dead;

  BreakingDisk(int breaksAt, Failure failure) {
    this.breaksAt = breaksAt;
    this.failure = failure;
  }

  /// How often something was done to it.
  int done() {
    return done.get();
  }

  /// Whether this is what fails.
  private boolean breaks() throws IOException {
    if (dead) {
      throw new IOException("the disk is gone");
    }
    return done.incrementAndGet() == breaksAt;
  }

  private IOException broken() throws IOException {
    switch (failure) {
      case ONCE -> {}
      case FULL -> {
        return new IOException("No space left on device");
      }
      case CUT -> dead = true;
      case POWER, ZEROES, GARBAGE, HOLES -> {
        dead = true;
        for (Watched file : files.values()) {
          file.forget();
        }
      }
    }
    return new IOException("broken, as it should be");
  }

  @Override
  public File open(Path path) throws IOException {
    Watched file = new Watched(path, disk.open(path), path.toFile().length());
    files.put(path, file);
    return file;
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    if (breaks()) {
      if (failure == Failure.ONCE) {
        disk.rename(from, to); // the name is there, though perhaps not for good
      }
      throw broken();
    }
    disk.rename(from, to);
    Watched file = files.remove(from);
    if (file != null) {
      files.put(to, file);
    }
  }

  @Override
  public void remove(Path path) throws IOException {
    if (dead) {
      throw new IOException("the disk is gone");
    }
    disk.remove(path);
  }

  @Override
  public long usable(Path directory) throws IOException {
    return disk.usable(directory);
  }

  private final class Watched implements File {
    private final Path path;
    private final File file;

    /// What is certain to survive.
    private long forced;

    private long size;

    Watched(Path path, File file, long size) {
      this.path = path;
      this.file = file;
      this.forced = size;
      this.size = size;
    }

    private synchronized void forget() throws IOException {
      if (failure == Failure.POWER) {
        file.truncate(forced);
        return;
      }
      Random random = new Random(breaksAt);
      for (long at = forced; at < size; at += BLOCK) {
        byte[] lost = new byte[(int) Math.min(BLOCK, size - at)];
        if (failure == Failure.GARBAGE) {
          random.nextBytes(lost);
        }
        if (failure != Failure.HOLES || random.nextBoolean()) {
          file.write(lost, at);
        }
      }
    }

    @Override
    public synchronized void write(byte[] bytes, long offset) throws IOException {
      if (breaks()) {
        if (failure != Failure.ONCE) {
          file.write(Arrays.copyOf(bytes, bytes.length / 2), offset);
          size = Math.max(size, offset + bytes.length / 2);
        }
        throw broken();
      }
      file.write(bytes, offset);
      size = Math.max(size, offset + bytes.length);
    }

    @Override
    public synchronized void truncate(long to) throws IOException {
      if (dead) {
        throw new IOException("the disk is gone");
      }
      file.truncate(to);
      size = to;
      forced = Math.min(forced, to);
    }

    @Override
    public void force() throws IOException {
      long before;
      synchronized (this) {
        before = size;
      }
      if (breaks()) {
        throw broken();
      }
      file.force();
      synchronized (this) {
        if (dead) {
          // The power went meanwhile, and took what wasn't forced by then: nobody hears of a
          // success.
          throw new IOException("the disk is gone");
        }
        forced = Math.max(forced, Math.min(before, size));
      }
    }

    @Override
    public void close() throws IOException {
      files.remove(path, this);
      file.close();
    }
  }
}
