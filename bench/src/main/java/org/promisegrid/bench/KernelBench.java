package org.promisegrid.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Files;
import java.nio.file.Path;
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
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;

/// A cached call from its bytes to its answer, without a transport.
@SuppressWarnings("NullAway.Init") // JMH fills these in its setup
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class KernelBench {

  private House house;
  private Call signed;
  private Call borne;

  @Setup(Level.Trial)
  public void open() throws Exception {
    house = new House();
    Call.Request request =
        new Call.Request(
            house.defines(Files.readAllBytes(Path.of("examples", "sha256.wasm"))),
            Item.EMPTY,
            new Input.Inline(Item.of("a short input".getBytes(UTF_8))),
            Terms.NONE);
    signed = house.signed(request);
    borne = House.borne(request, house.bearer(request.function()));
    Payload.Receipted first = house.receipted(signed);
    if (first.how() != Answer.How.RUN) {
      throw new IllegalStateException("not run: " + first.how());
    }
  }

  @TearDown(Level.Trial)
  public void close() {
    house.close();
  }

  @Benchmark
  public Payload cachedCallSignedByTheOwner() throws InterruptedException {
    return cached(signed);
  }

  @Benchmark
  public Payload cachedCallWithABearerToken() throws InterruptedException {
    return cached(borne);
  }

  @Benchmark
  @Threads(32)
  public Payload cachedCallWithABearerTokenBy32() throws InterruptedException {
    return cached(borne);
  }

  private Payload cached(Call call) throws InterruptedException {
    Payload.Receipted receipted = house.receipted(call);
    if (receipted.how() != Answer.How.CACHE) {
      throw new IllegalStateException("not cached: " + receipted.how());
    }
    return receipted;
  }
}
