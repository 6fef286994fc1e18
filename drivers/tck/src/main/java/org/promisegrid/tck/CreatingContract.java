package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;

/// A create that fails says why in its kind, and leaves the target as it was.
abstract class CreatingContract {

  private final Bench bench;

  CreatingContract(Bench bench) {
    this.bench = bench;
  }

  @Test
  void codeThatIsNoCodeIsUnsupported() throws InterruptedException {
    assertFailsWithoutATrace(DriverException.Kind.UNSUPPORTED, bench.nonsense());
  }

  @Test
  void codeThatTheAgentDoesntHoldIsForAPerson() throws InterruptedException {
    Form missing = bench.withCode(Cid.of(Bench.utf8("held by nobody")));
    assertFailsWithoutATrace(DriverException.Kind.BROKEN, missing);
  }

  @Test
  void codeThatIsntWhatItIsNamedIsForAPerson() throws InterruptedException {
    Form form = bench.nonsense();
    bench.content().damage(form.code());
    assertFailsWithoutATrace(DriverException.Kind.BROKEN, form);
  }

  @Test
  void afterAFailureTheSameIdIsFree() throws InterruptedException {
    SandboxId id = Bench.newId();
    Offer offer = bench.offer(bench.spec(TestProgram.EXIT));
    Bench.assertFails(
        DriverException.Kind.UNSUPPORTED,
        () -> bench.driver().create(id, bench.spec(bench.nonsense()), offer));
    try (Sandbox sandbox = bench.create(id, bench.spec(TestProgram.EXIT))) {
      assertThat(sandbox.id()).isEqualTo(id);
    }
  }

  @Test
  void anInterruptedCreateLeavesNothing() throws InterruptedException {
    var spec = bench.spec(TestProgram.EXIT);
    Offer offer = bench.offer(spec);
    Attempt<Sandbox> creating =
        Attempt.interrupted(() -> bench.driver().create(Bench.newId(), spec, offer));
    assertThat(creating.failure()).isInstanceOf(InterruptedException.class);
    assertThat(bench.listed()).isEmpty();
  }

  @Test
  void aCreateThatIsInterruptedWhileItReadsCodeLeavesNothing() throws InterruptedException {
    SandboxId id = Bench.newId();
    var spec = bench.spec(TestProgram.EXIT);
    Offer offer = bench.offer(spec);
    // Code that was never seen before has to be read, whatever the target keeps.
    SandboxSpec unseen = bench.spec(bench.nonsense());
    bench.content().block();
    try {
      Attempt<Sandbox> creating = Attempt.of(() -> bench.driver().create(id, unseen, offer));
      bench.content().awaitReader();
      creating.interrupt();
      assertThat(creating.failure()).isInstanceOf(InterruptedException.class);
      assertThat(bench.listed()).isEmpty();
    } finally {
      bench.content().unblock();
    }
    try (Sandbox sandbox = bench.create(id, spec)) {
      assertThat(sandbox.id()).isEqualTo(id);
    }
  }

  private void assertFailsWithoutATrace(DriverException.Kind kind, Form form)
      throws InterruptedException {
    try (Run run = bench.waiting()) {
      var listed = bench.listed();
      SandboxSpec spec = bench.spec(form);
      // An offer is made without reading the code, so that of other code is as good.
      Offer offer = bench.offer(bench.spec(TestProgram.EXIT));
      Bench.assertFails(kind, () -> bench.driver().create(Bench.newId(), spec, offer));
      assertThat(bench.listed()).isEqualTo(listed);
      bench.release(run);
    }
  }
}
