package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.Trait;
import org.promisegrid.sandbox.service.FoundService;
import org.promisegrid.sandbox.service.FoundVolume;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceLog;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.Services;

/// What all subjects of services have in common: they are about drivers with the trait
/// [Trait#SERVICES], and leave none behind.
abstract class ServiceBench {

  static final LogRange FOLLOWED = new LogRange(-1, Optional.empty(), true);

  private final SandboxDriverContract contract;
  private final Bench bench;

  ServiceBench(SandboxDriverContract contract, Bench bench) {
    this.contract = contract;
    this.bench = bench;
  }

  @BeforeEach
  final void theDriverKeepsServices() throws InterruptedException {
    assumeThat(bench.driver().traits()).contains(Trait.SERVICES);
    assertThat(services().services()).as("left on the target by something else").isEmpty();
    assertThat(services().volumes()).as("left on the target by something else").isEmpty();
  }

  @AfterEach
  final void nothingOfThemIsLeft() throws InterruptedException {
    boolean works = bench.driver().probe().status() == Fitness.Status.HEALTHY;
    if (!works || !bench.driver().traits().contains(Trait.SERVICES)) {
      return; // it was skipped: there is nothing to look for, or nowhere
    }
    try (SandboxDriver sweeping = bench.open(Bench.NODE)) {
      Services there = services(sweeping);
      for (FoundService found : there.services()) {
        adopt(there, found).remove();
        there.leave(found.place().stack());
      }
      there.leave(ServiceDraft.STACK);
      for (FoundVolume volume : there.volumes()) {
        there.remove(volume);
      }
      assertThat(there.services()).isEmpty();
      assertThat(there.volumes()).isEmpty();
    }
  }

  final Bench bench() {
    return bench;
  }

  /// Skips the test where the driver doesn't promise what it is about.
  final void needs(Trait trait) {
    assumeThat(bench.driver().traits()).as("traits of the driver").contains(trait);
  }

  /// What runs [TestProgram#SERVE] within a service that has its code.
  final List<String> program() {
    return contract.program(TestProgram.SERVE);
  }

  static Service adopt(Services services, FoundService found) throws InterruptedException {
    return services.adopt(found.id()).orElseThrow();
  }

  final Services services() {
    return services(bench.driver());
  }

  static Services services(SandboxDriver driver) {
    return driver.power(Services.class).orElseThrow();
  }

  /// A service that does these steps of [TestProgram#SERVE], one after the other.
  final ServiceDraft doing(String... steps) {
    return new ServiceDraft(contract.build(TestProgram.SERVE), steps);
  }

  /// The driver's first offer. A driver that may promise less than all of the contract skips.
  final Offer offer(ServiceSpec spec) {
    return switch (services().offers(spec)) {
      case Quote.Offered offered -> offered.offers().getFirst();
      case Quote.Declined declined -> {
        if (contract.keepsEveryService()) {
          throw new AssertionError("declined " + spec + ": " + declined.reason());
        }
        Assumptions.abort("it isn't promised here: " + declined.reason());
        throw new AssertionError("never reached");
      }
    };
  }

  final Service create(ServiceDraft draft) throws InterruptedException {
    ServiceSpec spec = draft.spec();
    return services().create(Bench.newId(), spec, offer(spec));
  }

  final Service started(ServiceDraft draft) throws InterruptedException {
    Service service = create(draft);
    service.start();
    return service;
  }

  /// What a service that does these steps writes to its standard output until it ends.
  final String output(ServiceDraft draft) throws InterruptedException, IOException {
    Service service = started(draft);
    ServiceExit exit = service.await();
    String text = text(service, LogRange.ALL, false);
    assertThat(exit.code()).as(text).isZero();
    service.remove();
    return text;
  }

  /// Returns once a service has written that line.
  static void awaitLine(Service service, String line) throws InterruptedException, IOException {
    StringBuilder seen = new StringBuilder();
    try (ServiceLog log = service.logs(FOLLOWED)) {
      while (!seen.toString().lines().toList().contains(line)) {
        ServiceLog.Piece piece =
            log.next().orElseThrow(() -> new AssertionError("it only wrote: " + seen));
        seen.append(StandardCharsets.UTF_8.decode(piece.bytes()));
      }
    }
  }

  static String text(Service service, LogRange range, boolean error)
      throws InterruptedException, IOException {
    return new String(bytes(service, range, error), StandardCharsets.UTF_8);
  }

  static byte[] bytes(Service service, LogRange range, boolean error)
      throws InterruptedException, IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ServiceLog log = service.logs(range)) {
      for (var piece = log.next(); piece.isPresent(); piece = log.next()) {
        if (piece.get().error() == error) {
          append(bytes, piece.get().bytes());
        }
      }
    }
    return bytes.toByteArray();
  }

  static void append(ByteArrayOutputStream to, ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    to.writeBytes(copy);
  }
}
