package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.dispatch.Account.Obstacle;
import org.promisegrid.kernel.dispatch.Account.Unable;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Trait;

/// Asks every target what it offers for an order, and prices the offers.
final class Market {

  private final Targets targets;
  private final Learning learning;
  private final Rates rates;
  private final Admission admission;
  private final InstantSource clock;
  private final Refusals refusals;

  Market(
      Targets targets, Learning learning, Rates rates, Admission admission, InstantSource clock) {
    this.targets = targets;
    this.learning = learning;
    this.rates = rates;
    this.admission = admission;
    this.clock = clock;
    this.refusals = new Refusals(clock);
  }

  /// What a sandbox for `form` of this order is to be.
  static SandboxSpec spec(Order order, Form form) {
    return new SandboxSpec(form, order.limits(), order.least(), order.pure(), order.slots());
  }

  /// The order, wanting a place on a target.
  static Admission.Candidate candidate(Order order, OpenTarget target) {
    return new Admission.Candidate(
        order.issuer(), target.target(), target.fitness().capacity(), order.limits());
  }

  /// Every target's answer.
  Account ask(Order order) {
    List<Bid> bids = new ArrayList<>();
    List<Unable> unable = new ArrayList<>();
    Instant now = clock.instant();
    for (OpenTarget target : targets.opened()) {
      Optional<Unable> refusal = unableToRun(target, order);
      if (refusal.isPresent()) {
        unable.add(refusal.get());
        continue;
      }
      for (int place = 0; place < order.forms().size(); place++) {
        if (target.forms().contains(order.forms().get(place).kind())) {
          Answer answer = ask(target, order, place, now);
          bids.addAll(answer.bids());
          unable.addAll(answer.unable());
        }
      }
    }
    bids.sort(Bid.CHEAPEST);
    return new Account(bids, unable, List.of(), bids.stream().findFirst());
  }

  /// The bid's target can't honour what it offered.
  void refused(Order order, Bid bid, String why) {
    refusals.note(bid.target(), spec(order, bid.form()), why);
  }

  /// The same bid, asked for again: its promise may have ended while it waited for its turn. Empty
  /// if the target doesn't offer it any more on the order's conditions.
  Optional<Bid> again(Order order, OpenTarget target, Bid bid) {
    Instant now = clock.instant();
    if (bid.offer().until().isAfter(now)) {
      return Optional.of(bid);
    }
    return ask(target, order, bid.place(), now).bids().stream()
        .filter(other -> other.offer().warm() == bid.offer().warm())
        .min(Bid.CHEAPEST);
  }

  /// What stands in the way whatever the driver offers.
  private static Optional<Unable> unableToRun(OpenTarget target, Order order) {
    Fitness fitness = target.fitness();
    if (!order.placement().allows(target.target())) {
      return unable(target, Obstacle.PLACE, "the call asks for " + order.placement().drivers());
    }
    if (fitness.status() != Fitness.Status.HEALTHY) {
      return unable(
          target,
          Obstacle.UNFIT,
          (fitness.status() == Fitness.Status.UNDETECTED ? "undetected: " : "unhealthy: ")
              + fitness.reason());
    }
    for (Map.Entry<String, String> label : order.placement().labels().entrySet()) {
      String has = fitness.labels().get(label.getKey());
      if (!label.getValue().equals(has)) {
        return unable(
            target,
            Obstacle.PLACE,
            "the call asks for "
                + label.getKey()
                + '='
                + label.getValue()
                + (has == null ? ", which it doesn't tell" : ", it is " + has));
      }
    }
    if (fitness.capacity().sandboxes() < 1) {
      return unable(target, Obstacle.CAPACITY, "it has no room for a sandbox");
    }
    if (order.limits().memory() > fitness.capacity().memory()) {
      return unable(
          target,
          Obstacle.CAPACITY,
          "the call may use "
              + order.limits().memory()
              + " bytes of memory, it has "
              + fitness.capacity().memory());
    }
    if (order.forms().stream().noneMatch(form -> target.forms().contains(form.kind()))) {
      return unable(target, Obstacle.FORM, "it runs " + target.forms());
    }
    for (Map.Entry<String, Filling> slot : order.slots().entrySet()) {
      if (!target.traits().contains(needed(slot.getValue()))) {
        return unable(target, Obstacle.SLOT, "it can't fill the slot " + slot.getKey());
      }
    }
    return Optional.empty();
  }

  /// One target's answer for one form.
  private record Answer(List<Bid> bids, List<Unable> unable) {}

  private Answer ask(OpenTarget target, Order order, int place, Instant now) {
    SandboxSpec spec = spec(order, order.forms().get(place));
    Optional<String> refused = refusals.of(target.target(), spec);
    if (refused.isPresent()) {
      return declined(target, "it refused this lately: " + refused.get());
    }
    try {
      return switch (target.driver().offers(spec)) {
        case Quote.Declined(String reason) -> declined(target, reason);
        case Quote.Offered(List<Offer> offers) -> weigh(target, order, place, now, offers);
      };
    } catch (RuntimeException | LinkageError e) {
      // A third party's driver: whatever it throws, the others are still asked.
      return declined(target, "its driver failed to quote: " + e);
    }
  }

  private Answer weigh(OpenTarget target, Order order, int place, Instant now, List<Offer> offers) {
    List<Bid> bids = new ArrayList<>();
    List<Unable> unable = new ArrayList<>();
    long queue = Exact.nanos(admission.backlog(candidate(order, target)));
    for (Offer offer : offers) {
      Estimate estimate =
          learning
              .estimate(order.artifact(), target.target(), offer)
              .with(order.input().size(), queue);
      Bid bid =
          Bid.of(target, order.forms().get(place), place, offer, estimate, rates.price(estimate));
      Optional<Unable> refusal = unableToTake(bid, estimate, order, now);
      if (refusal.isPresent()) {
        unable.add(refusal.get());
      } else {
        bids.add(bid);
      }
    }
    return new Answer(bids, unable);
  }

  private static Answer declined(OpenTarget target, String reason) {
    return new Answer(
        List.of(),
        List.of(new Unable(target.target(), Obstacle.DECLINED, reason, Optional.empty())));
  }

  /// What stands in the way of this offer.
  private static Optional<Unable> unableToTake(
      Bid bid, Estimate estimate, Order order, Instant now) {
    Isolation given = bid.offer().isolation();
    if (order.least().compareTo(given) > 0) {
      return unable(
          bid,
          Obstacle.ISOLATION,
          given == Isolation.ANY && order.isolation() == Isolation.ANY
              ? "it doesn't cut off; the owner's token or binding must allow that"
              : "it offers isolation " + given + ", asked is " + order.least());
    }
    if (!bid.offer().until().isAfter(now)) {
      return unable(bid, Obstacle.EXPIRED, "its promise ended at " + bid.offer().until());
    }
    if (order.cap().isPresent() && bid.price().total() > order.cap().getAsLong()) {
      return unable(
          bid,
          Obstacle.PRICE,
          "its price is " + bid.price().total() + ", the cap " + order.cap().getAsLong());
    }
    if (order.deadline().isPresent()) {
      long left = Exact.nanos(Duration.between(now, order.deadline().get()));
      if (estimate.total() > left) {
        return unable(
            bid,
            Obstacle.DEADLINE,
            "it would take "
                + Duration.ofNanos(estimate.total()).toMillis()
                + " ms, "
                + Duration.ofNanos(left).toMillis()
                + " ms are left");
      }
    }
    return Optional.empty();
  }

  private static Optional<Unable> unable(OpenTarget target, Obstacle obstacle, String detail) {
    return Optional.of(new Unable(target.target(), obstacle, detail, Optional.empty()));
  }

  private static Optional<Unable> unable(Bid bid, Obstacle obstacle, String detail) {
    return Optional.of(new Unable(bid.target(), obstacle, detail, Optional.of(bid)));
  }

  private static Trait needed(Filling filling) {
    return switch (filling) {
      case Filling.Secret secret -> Trait.SECRET_SLOTS;
      case Filling.Volume volume -> Trait.VOLUME_SLOTS;
      case Filling.Listen listen -> Trait.LISTEN_SLOTS;
      case Filling.Egress egress -> Trait.EGRESS_SLOTS;
    };
  }
}
