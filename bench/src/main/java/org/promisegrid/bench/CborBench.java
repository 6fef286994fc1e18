package org.promisegrid.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// What reading and writing one call costs: every call pays it at least twice.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CborBench {

  /// The shape of a small call: a function, two parameters, an input by its CID, a token and its
  /// proof.
  private final Item call =
      new Item.Tagged(
          1735551332L,
          Item.array(
              link("function"),
              Item.array(
                  Item.table().put("width", 320).put("title", "a picture of the harbour").build(),
                  link("input"),
                  Item.table().put("within", 5000).build()),
              Item.array(Item.array(Item.of(new byte[300])), Item.of(new byte[180]))));

  private final byte[] encoded = Cbor.encode(call);

  private static Item link(String content) {
    return Item.of(Cid.of(content.getBytes(UTF_8)));
  }

  @Benchmark
  public byte[] encode() {
    return Cbor.encode(call);
  }

  @Benchmark
  public Item decode() throws MalformedException {
    return Cbor.decode(encoded);
  }
}
