package org.promisegrid.driver.wasm;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.tck.Collector;
import org.promisegrid.tck.TestContent;
import org.promisegrid.tck.TestHost;

/// A driver and what it runs.
final class Lab implements AutoCloseable {

  static final long MIB = 1 << 20;
  static final Limits LIMITS = new Limits(Duration.ofSeconds(20), 64 * MIB, 64 * MIB, MIB);

  private static final NodeId NODE = new NodeId("did:key:zLab");

  private final TestContent content = new TestContent();
  private final WasmDriver driver;
  private int created;

  Lab(Path scratch) {
    this(scratch, Map.of());
  }

  Lab(Path scratch, Map<String, String> settings) {
    this.driver = new WasmDriver(Settings.of(settings), new TestHost(NODE, scratch, content));
  }

  /// What a run left.
  record Result(Ending ending, Collector written, String log) {
    byte[] out() {
      return written.bytes();
    }

    Outcome outcome() {
      return ending.outcome();
    }

    String text() {
      return written.text();
    }
  }

  WasmDriver driver() {
    return driver;
  }

  Form form(byte[] module) {
    return new Form("wasm", content.put(module));
  }

  SandboxSpec spec(byte[] module, Limits limits, boolean pure) {
    return new SandboxSpec(form(module), limits, Isolation.SANDBOX, pure, Map.of());
  }

  Sandbox create(byte[] module, Limits limits) throws InterruptedException {
    return create(spec(module, limits, false));
  }

  Sandbox create(SandboxSpec spec) throws InterruptedException {
    return driver.create(new SandboxId("lab-" + created++), spec, anyOffer());
  }

  /// Offers are made without looking at the code, so that of any is as good.
  private Offer anyOffer() {
    return ((Quote.Offered) driver.offers(driver.sample().spec())).offers().getFirst();
  }

  Outcome outcome(byte[] module, String... arguments) throws InterruptedException {
    return run(module, LIMITS, false, new byte[0], arguments).outcome();
  }

  Outcome outcome(byte[] module, Limits limits) throws InterruptedException {
    return run(module, limits, false, new byte[0]).outcome();
  }

  Result pure(byte[] module, byte[] input, String... arguments) throws InterruptedException {
    return run(module, LIMITS, true, input, arguments);
  }

  Result run(byte[] module, Limits limits, boolean pure, byte[] input, String... arguments)
      throws InterruptedException {
    Collector out = Collector.unlimited();
    Collector log = Collector.unlimited();
    Cid seed = Cid.of(module);
    try (Sandbox sandbox = create(spec(module, limits, pure))) {
      InputStream in = new ByteArrayInputStream(input);
      sandbox.start(
          new Invocation(List.of(arguments), Map.of(), Optional.of(seed)),
          new Stdio(in, out, log),
          Port.closed());
      return new Result(sandbox.await(), out, log.text());
    }
  }

  /// Starts one that reads and writes nothing.
  Sandbox started(byte[] module, Limits limits) throws InterruptedException {
    return started(module, limits, InputStream.nullInputStream(), OutputStream.nullOutputStream());
  }

  Sandbox started(byte[] module, Limits limits, InputStream in, OutputStream out)
      throws InterruptedException {
    Sandbox sandbox = create(module, limits);
    sandbox.start(
        Invocation.of(), new Stdio(in, out, OutputStream.nullOutputStream()), Port.closed());
    return sandbox;
  }

  static Limits memory(long bytes) {
    return new Limits(LIMITS.time(), bytes, LIMITS.output(), LIMITS.log());
  }

  static Limits time(Duration time) {
    return new Limits(time, LIMITS.memory(), LIMITS.output(), LIMITS.log());
  }

  @Override
  public void close() {
    driver.close();
  }
}
