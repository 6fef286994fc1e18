package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Stdio;

/// What the tests work with: an open driver, what it was lent, and short words for the usual.
final class Bench {

  static final NodeId NODE = new NodeId("did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG");
  static final NodeId OTHER_NODE =
      new NodeId("did:key:z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf");

  private final SandboxDriverContract contract;
  private final TestContent content;
  private final TestSecrets secrets = new TestSecrets();
  private Optional<SandboxDriver> driver = Optional.empty();

  Bench(SandboxDriverContract contract, TestContent content) {
    this.contract = contract;
    this.content = content;
  }

  TestContent content() {
    return content;
  }

  /// What every host of this test lends.
  TestSecrets secrets() {
    return secrets;
  }

  SandboxDriver driver() {
    return driver.orElseThrow();
  }

  /// Opens the driver that [#driver] then is, with an empty scratch directory, as an agent has it
  /// that starts for the first time or after its own was deleted.
  void open() {
    driver = Optional.of(open(NODE));
  }

  /// A further driver on the same target; the caller closes.
  SandboxDriver open(NodeId node) {
    return open(host(node));
  }

  SandboxDriver open(TestHost host) {
    return contract.open(host);
  }

  /// Something new to lend a driver.
  TestHost host(NodeId node) {
    return new TestHost(node, scratch(), content, secrets);
  }

  /// What the agent's end does to a driver: it is closed, and one of a new process takes its place.
  void restart() {
    driver().close();
    open();
  }

  /// Lets go of the driver, and of what a test that failed has left behind.
  ///
  /// @param works whether the target can be looked at
  void clear(boolean works) throws InterruptedException {
    if (driver.isEmpty()) {
      return;
    }
    try (SandboxDriver closing = driver.get()) {
      for (Found found : works ? closing.list() : List.<Found>of()) {
        closing.adopt(found.id()).ifPresent(Sandbox::close);
      }
    }
  }

  Fitness fitness() throws InterruptedException {
    return driver().probe();
  }

  /// A form of the right kind whose code makes no sense; another one each time.
  Form nonsense() {
    return withCode(content.put(utf8("This is no code of any kind: " + UUID.randomUUID())));
  }

  /// A form of the right kind with that code.
  Form withCode(Cid code) {
    Form form = contract.build(TestProgram.EXIT);
    return new Form(form.kind(), code, form.attributes());
  }

  SandboxSpec spec(TestProgram program) {
    return spec(program, Limits.DEFAULT);
  }

  SandboxSpec spec(TestProgram program, Limits limits) {
    return spec(contract.build(program), limits);
  }

  SandboxSpec spec(Form form) {
    return spec(form, Limits.DEFAULT);
  }

  SandboxSpec pure(TestProgram program) {
    Form form = contract.build(program);
    return new SandboxSpec(form, Limits.DEFAULT, Isolation.ANY, true, Map.of());
  }

  private static SandboxSpec spec(Form form, Limits limits) {
    return new SandboxSpec(form, limits, Isolation.ANY, false, Map.of());
  }

  /// The driver's first offer, which there must be.
  Offer offer(SandboxSpec spec) {
    return switch (driver().offers(spec)) {
      case Quote.Offered offered -> offered.offers().getFirst();
      case Quote.Declined declined ->
          throw new AssertionError("declined " + spec + ": " + declined.reason());
    };
  }

  Sandbox create(SandboxSpec spec) throws InterruptedException {
    return create(newId(), spec);
  }

  Sandbox create(SandboxId id, SandboxSpec spec) throws InterruptedException {
    return driver().create(id, spec, offer(spec));
  }

  /// A sandbox that waits until its input ends.
  Run waiting() throws InterruptedException {
    Run run = start(spec(TestProgram.WAIT), Feed.held());
    run.in().awaitReader();
    return run;
  }

  /// What [TestProgram#FILES] writes where the workload was given nothing.
  String filesOfItsCode() {
    return contract.filesOfItsCode();
  }

  /// Lets a sandbox that waits end by itself.
  void release(Run run) {
    contract.release(run.sandbox().id(), run.in());
  }

  Run start(SandboxSpec spec, String... arguments) throws InterruptedException {
    return start(spec, Feed.of(new byte[0]), arguments);
  }

  Run start(SandboxSpec spec, Feed in, String... arguments) throws InterruptedException {
    Collector out = Collector.upTo(spec.limits().output());
    return start(spec, Invocation.of(arguments), in, out, Collector.unlimited(), Port.closed());
  }

  Run start(
      SandboxSpec spec, Invocation invocation, Feed in, Collector out, Collector log, Port port)
      throws InterruptedException {
    Sandbox sandbox = create(spec);
    try {
      sandbox.start(invocation, new Stdio(in, out, log), port);
    } catch (InterruptedException | RuntimeException e) {
      sandbox.close();
      throw e;
    }
    return new Run(sandbox, in, out, log);
  }

  /// Runs to the end, which must be exit code 0; what it wrote.
  byte[] output(SandboxSpec spec, Invocation invocation) throws InterruptedException {
    return output(spec, invocation, new byte[0]);
  }

  byte[] output(SandboxSpec spec, Invocation invocation, byte[] input) throws InterruptedException {
    Collector out = Collector.unlimited();
    Feed in = Feed.of(input);
    try (Run run = start(spec, invocation, in, out, Collector.unlimited(), Port.closed())) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      return out.bytes();
    }
  }

  /// Checks that `action` fails as a driver may.
  static void assertFails(DriverException.Kind kind, ThrowingCallable action) {
    assertThatExceptionOfType(DriverException.class)
        .isThrownBy(action)
        .extracting(DriverException::kind)
        .isEqualTo(kind);
  }

  static SandboxId newId() {
    return new SandboxId("tck-" + UUID.randomUUID());
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static Limits time(Duration time) {
    Limits usual = Limits.DEFAULT;
    return new Limits(time, usual.memory(), usual.output(), usual.log());
  }

  static Limits memory(long memory) {
    Limits usual = Limits.DEFAULT;
    return new Limits(usual.time(), memory, usual.output(), usual.log());
  }

  static Limits output(long output) {
    Limits usual = Limits.DEFAULT;
    return new Limits(usual.time(), usual.memory(), output, usual.log());
  }

  static Limits log(long log) {
    Limits usual = Limits.DEFAULT;
    return new Limits(usual.time(), usual.memory(), usual.output(), log);
  }

  List<Found> listed() throws InterruptedException {
    return driver().list();
  }

  private Path scratch() {
    try {
      return Files.createTempDirectory(contract.scratch, "host");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
