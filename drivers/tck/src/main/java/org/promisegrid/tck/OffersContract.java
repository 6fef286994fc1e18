package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Trait;

/// A driver promises only what it will keep, and says why where it promises nothing.
abstract class OffersContract {

  private final Bench bench;

  OffersContract(Bench bench) {
    this.bench = bench;
  }

  @Test
  void anOfferHoldsUntilSomeTimeInTheFuture() {
    TestHost host = bench.host(Bench.NODE);
    try (var driver = bench.open(host)) {
      Quote quote = driver.offers(bench.spec(TestProgram.ECHO));
      assertThat(quote).isInstanceOf(Quote.Offered.class);
      assertThat(((Quote.Offered) quote).offers())
          .allSatisfy(offer -> assertThat(offer.until()).isAfter(host.clock().instant()));
    }
  }

  @Test
  void whatAnOfferExpectsIsNeverNegative() {
    assertThat(offered(bench.spec(TestProgram.ECHO)))
        .extracting(Offer::expected)
        .allSatisfy(expected -> {
          assertThat(expected.setup().isNegative()).isFalse();
          assertThat(expected.run().isNegative()).isFalse();
          assertThat(expected.memory()).isNotNegative();
          assertThat(expected.moved()).isNotNegative();
        });
  }

  @Test
  void askingChangesNothing() throws InterruptedException {
    try (Run run = bench.waiting()) {
      var listed = bench.listed();
      var spec = bench.spec(TestProgram.ECHO);
      int opened = bench.content().opened();
      var first = offered(spec).stream().map(Offer::warm).toList();
      assertThat(offered(spec)).extracting(Offer::warm).isEqualTo(first);
      assertThat(bench.content().opened()).as("content read by an offer").isEqualTo(opened);
      assertThat(bench.listed()).isEqualTo(listed);
      bench.release(run);
    }
  }

  @Test
  void everyOfferIsHonoured() throws InterruptedException {
    var spec = bench.spec(TestProgram.ECHO);
    for (Offer offer : offered(spec)) {
      try (Sandbox sandbox = bench.driver().create(Bench.newId(), spec, offer)) {
        assertThat(bench.listed()).extracting(found -> found.id()).containsExactly(sandbox.id());
      }
    }
  }

  @Test
  void isolationIsOfferedUpToWhatTheDriverGives() {
    Form form = bench.spec(TestProgram.ECHO).form();
    Isolation given =
        offered(asking(form, Isolation.ANY)).stream()
            .map(Offer::isolation)
            .max(Isolation::compareTo)
            .orElseThrow();
    for (Isolation asked : Isolation.values()) {
      if (asked.compareTo(given) <= 0) {
        assertThat(offered(asking(form, asked)))
            .allSatisfy(offer -> assertThat(offer.isolation()).isGreaterThanOrEqualTo(asked));
      } else {
        assertThat(bench.driver().offers(asking(form, asked)))
            .as("isolation %s, where %s is the most it gives", asked, given)
            .isInstanceOf(Quote.Declined.class);
      }
    }
  }

  @Test
  void aFormThatTheDriverDoesntRunIsDeclinedByName() {
    Form unknown = new Form("no-such-form", bench.spec(TestProgram.ECHO).form().code());
    assertThat(bench.driver().forms()).doesNotContain("no-such-form");
    assertThat(declined(bench.spec(unknown)).reason()).contains("no-such-form");
  }

  @ParameterizedTest
  @MethodSource("fillings")
  void aSlotThatTheDriverCantFillIsDeclinedByName(Trait trait, Filling filling) {
    assumeThat(bench.driver().traits()).doesNotContain(trait);
    assertThat(declined(withSlot(filling)).reason()).contains("the-slot");
  }

  @ParameterizedTest
  @MethodSource("fillings")
  void aSlotIsNeverLeftOutSilently(Trait trait, Filling filling) {
    assumeThat(bench.driver().traits()).doesNotContain(trait);
    Offer withoutSlot = bench.offer(bench.spec(TestProgram.ECHO));
    Bench.assertFails(
        DriverException.Kind.UNSUPPORTED,
        () -> bench.driver().create(Bench.newId(), withSlot(filling), withoutSlot));
  }

  static List<Arguments> fillings() {
    return List.of(
        Arguments.of(Trait.SECRET_SLOTS, new Filling.Secret("password", "/run/secrets/password")),
        Arguments.of(Trait.VOLUME_SLOTS, new Filling.Volume("data", "/data", false)),
        Arguments.of(Trait.LISTEN_SLOTS, new Filling.Listen(80, "127.0.0.1", 8080)),
        Arguments.of(Trait.EGRESS_SLOTS, new Filling.Egress(List.of("example.org:443"))));
  }

  private static SandboxSpec asking(Form form, Isolation isolation) {
    return new SandboxSpec(form, Limits.DEFAULT, isolation, false, Map.of());
  }

  private SandboxSpec withSlot(Filling filling) {
    Form form = bench.spec(TestProgram.ECHO).form();
    return new SandboxSpec(form, Limits.DEFAULT, Isolation.ANY, false, Map.of("the-slot", filling));
  }

  private List<Offer> offered(SandboxSpec spec) {
    bench.offer(spec);
    return ((Quote.Offered) bench.driver().offers(spec)).offers();
  }

  private Quote.Declined declined(SandboxSpec spec) {
    Quote quote = bench.driver().offers(spec);
    assertThat(quote).isInstanceOf(Quote.Declined.class);
    return (Quote.Declined) quote;
  }
}
