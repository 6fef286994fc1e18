package org.promisegrid.kernel.stack;

import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;
import org.promisegrid.kernel.dispatch.ServiceTargets;
import org.promisegrid.kernel.dispatch.ServiceTargets.Keeper;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.service.ServiceSpec;

/// Where a replica gets its sandbox: where it had one made from the same, else where the offer is
/// best.
final class Choosing {

  private final Hands hands;

  Choosing(Hands hands) {
    this.hands = hands;
  }

  /// What came of it.
  sealed interface Choice {
    record Chosen(Keeper keeper, Offer offer) implements Choice {}

    record Nobody(String why) implements Choice {}
  }

  Choice choose(Replica replica, Declaration wanted) {
    ServiceSpec spec = Specs.of(replica.place, replica.generation + 1, wanted);
    Instant now = hands.clock().instant();
    Target before = replica.isOf(wanted) ? replica.target : null;
    if (before != null) {
      Optional<Keeper> kept = hands.targets().find(before);
      if (kept.isPresent()) {
        if (!kept.get().isFit()) {
          return new Choice.Nobody("its target is away: " + before);
        }
        Optional<Offer> offer = hands.targets().offer(kept.get(), spec, now);
        return offer.isPresent()
            ? new Choice.Chosen(kept.get(), offer.get())
            : new Choice.Nobody("its target isn't able to keep it any more: " + before);
      }
    }
    return switch (hands.targets().choose(spec, Specs.place(wanted), now)) {
      case ServiceTargets.Choice.Chosen(Keeper keeper, Offer offer) ->
          new Choice.Chosen(keeper, offer);
      case ServiceTargets.Choice.Nobody(var whys) ->
          new Choice.Nobody(
              whys.isEmpty()
                  ? "there is no target that keeps services"
                  : "no target is able: "
                      + whys.stream()
                          .map(it -> it.target() + ": " + it.why())
                          .collect(Collectors.joining("; ")));
    };
  }
}
