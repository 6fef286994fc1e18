package org.promisegrid.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
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
import org.promisegrid.kernel.journal.Disk;
import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.journal.Journal;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

/// What it costs to acknowledge: entries per second, on the disk before the next is written, by one
/// writer and by many that share a flush.
@SuppressWarnings("NullAway.Init") // JMH fills these in its setup
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class JournalBench {

  private final Entry durable = entry(Entry.Kind.ENDED);
  private final Entry other = entry(Entry.Kind.ANSWERED);
  private Path folder;
  private Journal journal;

  private static Entry entry(Entry.Kind kind) {
    Cid cid = Cid.of("some content".getBytes(UTF_8));
    return new Entry(
        kind, Item.table().put("call", cid).put("receipt", cid).put("by", "somebody").build());
  }

  @Setup(Level.Trial)
  public void open() {
    folder = House.folder("journal");
    journal =
        Journal.open(
            new Journal.Setup(
                folder,
                Cid.of("a format".getBytes(UTF_8)),
                SigningKey.generate(new SecureRandom()),
                InstantSource.system(),
                Disk.real(),
                Journal.SEGMENT),
            0,
            (entries, upTo) -> {});
  }

  @TearDown(Level.Trial)
  public void close() {
    journal.close();
    House.remove(folder);
  }

  @Benchmark
  public long durable() {
    return journal.append(durable);
  }

  @Benchmark
  @Threads(32)
  public long durableBy32() {
    return journal.append(durable);
  }

  @Benchmark
  public long written() {
    return journal.append(other);
  }
}
