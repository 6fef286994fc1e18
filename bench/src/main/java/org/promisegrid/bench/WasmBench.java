package org.promisegrid.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasi.WasiExitException;
import com.dylibso.chicory.wasi.WasiOptions;
import com.dylibso.chicory.wasi.WasiPreview1;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.promisegrid.driver.wasm.WasmDriverFactory;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.tck.TestContent;
import org.promisegrid.tck.TestHost;

/// What is paid for beyond the engine: one program in a fresh instance by the engine alone, by our
/// driver, and by a call through the kernel that has to run.
@SuppressWarnings("NullAway.Init") // JMH fills these in its setup
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class WasmBench {

  private static final SecureRandom RANDOM = new SecureRandom();

  /// Bytes of input: next to nothing to compute, and nothing but computing.
  @Param({"64", "1048576"})
  private int size;

  private byte[] code;
  private byte[] input;

  private WasmModule module;
  private Function<Instance, Machine> machines;

  private Path scratch;
  private SandboxDriver driver;
  private SandboxSpec spec;
  private long created;

  private House house;
  private Cid function;
  private Chain bearer;

  @Setup(Level.Trial)
  public void open() throws Exception {
    code = Files.readAllBytes(Path.of("examples", "sha256.wasm"));
    input = "promises ".repeat(size / 9 + 1).substring(0, size).getBytes(UTF_8);
    module = Parser.parse(code);
    machines = MachineFactoryCompiler.builder(module).compile();
    scratch = House.folder("driver");
    TestContent content = new TestContent();
    WasmDriverFactory factory = new WasmDriverFactory();
    driver =
        factory.open(
            factory.targets(Map.of()).getFirst(),
            Map.of(),
            new TestHost(new NodeId("did:key:zBench"), scratch, content));
    spec =
        new SandboxSpec(
            new Form("wasm", content.put(code)),
            Limits.DEFAULT,
            Isolation.SANDBOX,
            false,
            Map.of());
    house = new House();
    function = house.defines(code);
    bearer = house.bearer(function);
  }

  @TearDown(Level.Trial)
  public void close() throws Exception {
    driver.close();
    House.remove(scratch);
    house.close();
  }

  @Benchmark
  public byte[] engine() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    WasiOptions options =
        WasiOptions.builder()
            .withArguments(List.of("function"))
            .withStdin(new ByteArrayInputStream(input), false)
            .withStdout(out, false)
            .withStderr(OutputStream.nullOutputStream(), false)
            .build();
    try (WasiPreview1 wasi = WasiPreview1.builder().withOptions(options).build()) {
      Instance.builder(module)
          .withMachineFactory(machines)
          .withMemoryFactory(ByteArrayMemory::new)
          .withImportValues(ImportValues.builder().addFunction(wasi.toHostFunctions()).build())
          .build();
    } catch (WasiExitException e) {
      if (e.exitCode() != 0) {
        throw e;
      }
    }
    return whole(out.toByteArray());
  }

  @Benchmark
  public byte[] driver() throws InterruptedException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    var offer = ((Quote.Offered) driver.offers(spec)).offers().getFirst();
    try (Sandbox sandbox = driver.create(new SandboxId("bench-" + created++), spec, offer)) {
      sandbox.start(
          Invocation.of(),
          new Stdio(new ByteArrayInputStream(input), out, OutputStream.nullOutputStream()),
          Port.closed());
      Outcome outcome = sandbox.await().outcome();
      if (!outcome.equals(new Outcome.Exited(0))) {
        throw new IllegalStateException(outcome.toString());
      }
    }
    return whole(out.toByteArray());
  }

  @Benchmark
  public byte[] kernel() throws InterruptedException {
    byte[] nonce = new byte[Terms.NONCE_SIZE];
    RANDOM.nextBytes(nonce);
    Payload.Receipted receipted =
        house.receipted(
            House.borne(
                new Call.Request(
                    function,
                    Item.EMPTY,
                    new Input.Inline(Item.of(input)),
                    Terms.builder().nonce(nonce).cache(Terms.Cache.REFRESH).build()),
                bearer));
    return whole(receipted.result().orElseThrow().value());
  }

  private static byte[] whole(byte[] digest) {
    if (digest.length != 65) {
      throw new IllegalStateException(digest.length + " bytes of output");
    }
    return digest;
  }
}
