package org.promisegrid.sandbox;

import java.util.List;

/// A driver's answer to a spec.
public sealed interface Quote {

  /// It can; one offer or more.
  record Offered(List<Offer> offers) implements Quote {
    public Offered {
      offers = List.copyOf(offers);
      if (offers.isEmpty()) {
        throw new IllegalArgumentException("an offered quote holds an offer");
      }
    }
  }

  /// It can't, and why: shown by `grid explain`.
  record Declined(String reason) implements Quote {}
}
