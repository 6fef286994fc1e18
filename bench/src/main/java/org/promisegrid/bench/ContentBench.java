package org.promisegrid.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.Stored;
import org.promisegrid.sandbox.Cid;

/// Small content: put so that it is on the disk when the method returns, and read, verified.
@SuppressWarnings("NullAway.Init") // JMH fills these in its setup
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class ContentBench {

  private static final int SIZE = 1024;

  private final AtomicLong count = new AtomicLong();
  private Path folder;
  private ContentStore store;
  private Cid known;

  @Setup(Level.Trial)
  public void open() {
    folder = House.folder("content");
    store = ContentStore.open(folder);
    known = store.put(fresh()).cid();
  }

  @TearDown(Level.Trial)
  public void close() {
    store.close();
    House.remove(folder);
  }

  private byte[] fresh() {
    return ByteBuffer.allocate(SIZE).putLong(count.incrementAndGet()).array();
  }

  @Benchmark
  public Stored put() {
    return store.put(fresh());
  }

  @Benchmark
  @Threads(32)
  public Stored putBy32() {
    return store.put(fresh());
  }

  @Benchmark
  public byte[] get() throws IOException {
    return store.read(known, SIZE);
  }
}
