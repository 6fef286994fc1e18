package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.FoundService;
import org.promisegrid.sandbox.service.FoundVolume;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceSpec.StopTerms;
import org.promisegrid.sandbox.service.ServiceState;
import org.promisegrid.sandbox.service.Services;

/// The life of a service's sandbox, whoever has charge of it.
abstract class ServicesContract extends ServiceBench {

  ServicesContract(SandboxDriverContract contract, Bench bench) {
    super(contract, bench);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 42, 255})
  void itTellsTheCodeThatItEndedWith(int code) throws InterruptedException {
    Service service = started(doing("exit", Integer.toString(code)));
    ServiceExit exit = service.await();
    assertThat(exit.code()).isEqualTo(code);
    assertThat(exit.memory()).isFalse();
    assertThat(exit.ended()).isAfterOrEqualTo(exit.started());
  }

  @Test
  void aFatalSignalIsToldByItsNumber() throws InterruptedException {
    Service service = started(doing("fault"));
    assertThat(service.await().code()).isGreaterThan(128);
  }

  @Test
  void itIsCreatedThenRunsThenHasEnded() throws InterruptedException, IOException {
    Service service = create(doing("out", "here", "pause", "exit", "3"));
    assertThat(service.state()).isInstanceOf(ServiceState.Created.class);
    Bench.assertFails(Kind.CONFLICT, service::await);
    service.start();
    awaitLine(service, "here");
    assertThat(service.state()).isInstanceOf(ServiceState.Running.class);
    service.signal("SIGUSR1");
    ServiceExit exit = service.await();
    assertThat(exit.code()).isEqualTo(3);
    assertThat(service.state()).isEqualTo(new ServiceState.Ended(exit));
    assertThat(service.await()).as("asked again").isEqualTo(exit);
  }

  @Test
  void itIsStartedAgainOnceItEndedAndItsLogGoesOn() throws InterruptedException, IOException {
    Service service = started(doing("out", "once", "exit", "4"));
    ServiceExit first = service.await();
    assertThat(service.state()).as("nobody else starts it").isInstanceOf(ServiceState.Ended.class);
    service.start();
    ServiceExit second = service.await();
    assertThat(second.code()).isEqualTo(4);
    assertThat(second.started()).isAfterOrEqualTo(first.ended());
    assertThat(text(service, LogRange.ALL, false)).isEqualTo("once\nonce\n");
  }

  @Test
  void oneThatRunsIsntStarted() throws InterruptedException, IOException {
    Service service = started(doing("out", "here", "hold"));
    awaitLine(service, "here");
    Bench.assertFails(Kind.CONFLICT, service::start);
    assertThat(text(service, LogRange.ALL, false)).isEqualTo("here\n");
  }

  @Test
  void itIsAskedToEndBySigterm() throws InterruptedException, IOException {
    Service service = started(doing("on", "TERM", "7", "out", "here", "hold"));
    awaitLine(service, "here");
    service.stop();
    assertThat(code(service)).isEqualTo(7);
  }

  @Test
  void itIsAskedToEndByTheSignalThatItsSpecNames() throws InterruptedException, IOException {
    StopTerms terms = new StopTerms(Optional.of("SIGINT"), Duration.ofMinutes(2));
    Service service =
        started(doing("on", "INT", "8", "ignore", "TERM", "out", "here", "hold").ending(terms));
    awaitLine(service, "here");
    service.stop();
    assertThat(code(service)).isEqualTo(8);
  }

  @Test
  void itIsEndedOnceItsGraceHasPassed() throws InterruptedException, IOException {
    StopTerms terms = new StopTerms(Optional.empty(), Duration.ofSeconds(1));
    Service service = started(doing("ignore", "TERM", "out", "here", "hold").ending(terms));
    awaitLine(service, "here");
    service.stop();
    assertThat(code(service)).isEqualTo(128 + 9);
    assertThat(service.await().memory()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"SIGHUP, HUP", "SIGUSR2, USR2", "SIGQUIT, QUIT"})
  void aSignalReachesIt(String sent, String heard) throws InterruptedException, IOException {
    Service service = started(doing("on", heard, "9", "out", "here", "hold"));
    awaitLine(service, "here");
    service.signal(sent);
    assertThat(service.await().code()).isEqualTo(9);
  }

  @Test
  void oneThatDoesntRunIsNeitherStoppedNorSignalled() throws InterruptedException {
    Service service = create(doing("exit", "5"));
    service.stop();
    service.signal("SIGTERM");
    assertThat(service.state()).isInstanceOf(ServiceState.Created.class);
    service.start();
    ServiceExit exit = service.await();
    service.stop();
    service.signal("SIGTERM");
    assertThat(service.await()).isEqualTo(exit);
  }

  @Test
  void whatIsRemovedIsGoneHoweverOften() throws InterruptedException, IOException {
    Service service = started(doing("out", "here", "hold"));
    awaitLine(service, "here");
    service.remove();
    assertThat(services().services()).isEmpty();
    assertThat(services().adopt(service.id())).isEmpty();
    service.remove();
    Service another = create(doing("exit", "0"));
    another.remove();
    assertThat(services().services()).isEmpty();
  }

  @Test
  void whoWaitsForOneThatIsRemovedHearsOfIt() throws Exception {
    Service service = started(doing("out", "here", "hold"));
    awaitLine(service, "here");
    Attempt<ServiceExit> waiting = Attempt.of(service::await);
    service.remove();
    waiting.awaitEnd();
    assertThat(services().services()).isEmpty();
  }

  @Test
  void anIdThatExistsIsAConflictAndStaysAsItIs() throws InterruptedException, IOException {
    ServiceSpec spec = doing("out", "first", "hold").spec();
    SandboxId id = Bench.newId();
    Offer offer = offer(spec);
    Service service = services().create(id, spec, offer);
    Bench.assertFails(Kind.CONFLICT, () -> services().create(id, spec, offer));
    service.start();
    Bench.assertFails(Kind.CONFLICT, () -> services().create(id, spec, offer));
    awaitLine(service, "first");
    assertThat(services().services()).hasSize(1);
  }

  @Test
  void aCreateThatFailsLeavesNothing() throws InterruptedException {
    ServiceSpec spec =
        new ServiceDraft(bench().nonsense(), "exit", "0")
            .mount(new Mounted.Volume("data", "/data", false, false))
            .network(new ServiceSpec.Network("inner", false, false))
            .spec();
    Offer offer = offer(spec);
    SandboxId id = Bench.newId();
    Bench.assertFails(Kind.UNSUPPORTED, () -> services().create(id, spec, offer));
    assertThat(services().services()).isEmpty();
    assertThat(services().volumes()).isEmpty();
    assertThat(services().adopt(id)).isEmpty();
  }

  @Test
  void codeThatTheAgentLacksIsForAPersonAndLeavesNothing() throws InterruptedException {
    Cid absent = Cid.of(Bench.utf8("nobody has this"));
    ServiceSpec spec = new ServiceDraft(bench().withCode(absent), "exit", "0").spec();
    Offer offer = offer(spec);
    Bench.assertFails(Kind.BROKEN, () -> services().create(Bench.newId(), spec, offer));
    assertThat(services().services()).isEmpty();
  }

  @Test
  void itsPlaceItsGenerationAndItsSourceAreFoundOnTheTarget() throws InterruptedException {
    Service service = create(doing("exit", "6").at("shop", "cart", 3).generation(17));
    bench().restart();
    assertThat(services().services())
        .singleElement()
        .satisfies(found -> {
          assertThat(found.id()).isEqualTo(service.id());
          assertThat(found.place().toString()).isEqualTo("shop/cart/3");
          assertThat(found.generation()).isEqualTo(17);
          assertThat(found.source())
              .isEqualTo(doing("exit", "6").at("shop", "cart", 3).spec().source());
          assertThat(found.state()).isInstanceOf(ServiceState.Created.class);
        });
  }

  @Test
  void itRunsOnWithoutAnAgentAndTheNextOneAdoptsIt() throws InterruptedException, IOException {
    Service service = started(doing("out", "here", "pause", "out", "there", "exit", "11"));
    awaitLine(service, "here");
    ServiceState before = service.state();
    bench().restart();
    FoundService found = services().services().getFirst();
    assertThat(found.state()).as("it isn't started anew").isEqualTo(before);
    Service adopted = adopt(services(), found);
    adopted.signal("SIGUSR1");
    assertThat(adopted.await().code()).isEqualTo(11);
    assertThat(text(adopted, LogRange.ALL, false)).isEqualTo("here\nthere\n");
  }

  @Test
  void anEndThatNobodySawIsToldByTheNextOne() throws InterruptedException, IOException {
    Service service = started(doing("out", "here", "pause", "exit", "12"));
    awaitLine(service, "here");
    bench().driver().close();
    ServiceExit exit;
    try (SandboxDriver other = bench().open(Bench.NODE)) {
      Service adopted = services(other).adopt(service.id()).orElseThrow();
      adopted.signal("SIGUSR1");
      exit = adopted.await();
    }
    assertThat(exit.code()).isEqualTo(12);
    bench().open();
    assertThat(services().services())
        .extracting(FoundService::state)
        .isEqualTo(List.of(new ServiceState.Ended(exit)));
    Service adopted = services().adopt(service.id()).orElseThrow();
    assertThat(adopted.await()).isEqualTo(exit);
    adopted.start();
    adopted.signal("SIGKILL");
    assertThat(adopted.await().code()).isEqualTo(128 + 9);
  }

  @Test
  void whoWaitsIsToldWhenTheDriverIsClosed() throws Exception {
    Service service = started(doing("out", "here", "hold"));
    awaitLine(service, "here");
    Attempt<ServiceExit> waiting = Attempt.of(service::await);
    bench().driver().close();
    waiting.awaitEnd();
    bench().open();
    assertThat(services().adopt(service.id()).orElseThrow().state())
        .isInstanceOf(ServiceState.Running.class);
  }

  @Test
  void anotherNodeSeesAndTouchesNothingOfIt() throws InterruptedException, IOException {
    Service service =
        started(
            doing("out", "here", "hold").mount(new Mounted.Volume("data", "/data", false, false)));
    awaitLine(service, "here");
    try (SandboxDriver other = bench().open(Bench.OTHER_NODE)) {
      Services strange = services(other);
      assertThat(strange.services()).isEmpty();
      assertThat(strange.volumes()).isEmpty();
      assertThat(strange.adopt(service.id())).isEmpty();
      strange.remove(new FoundVolume(ServiceDraft.STACK, "data"));
      strange.leave(ServiceDraft.STACK);
      ServiceSpec same = doing("exit", "2").spec();
      Service its = strange.create(service.id(), same, offer(same));
      its.start();
      assertThat(its.await().code()).isEqualTo(2);
      its.remove();
      strange.leave(ServiceDraft.STACK);
    }
    assertThat(services().volumes()).hasSize(1);
    assertThat(service.state()).isInstanceOf(ServiceState.Running.class);
  }

  private static int code(Service service) throws InterruptedException {
    return ((ServiceState.Ended) service.state()).exit().code();
  }
}
