package org.promisegrid.kernel.dispatch;

import java.util.Comparator;
import java.util.Locale;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Target;

/// A target's offer for one order, with what it costs.
///
/// @param form which of the order's forms it is for
/// @param place of that form in the descriptor's order
/// @param offer as the driver made it
/// @param price what the caller is charged if it is taken
/// @param kept the probability that the promise is kept, in millionths
/// @param basis what price and probability rest on
/// @param expected price ÷ probability, rounded up: what bids are compared by
public record Bid(
    Target target,
    Form form,
    int place,
    Offer offer,
    Price price,
    int kept,
    Basis basis,
    long expected) {

  /// Cheapest first. Between equals: the lower price, the descriptor's order, what is warm, the
  /// target's name; so the same offers always end in the same order.
  static final Comparator<Bid> CHEAPEST =
      Comparator.comparingLong(Bid::expected)
          .thenComparingLong(bid -> bid.price().total())
          .thenComparingInt(Bid::place)
          .thenComparing(bid -> !bid.offer().warm())
          .thenComparing(bid -> bid.target().toString());

  static Bid of(
      OpenTarget target, Form form, int place, Offer offer, Estimate estimate, Price price) {
    return new Bid(
        target.target(),
        form,
        place,
        offer,
        price,
        estimate.kept(),
        estimate.basis(),
        Exact.scale(price.total(), Evidence.MILLION, estimate.kept()));
  }

  /// Whether both are for the same flavour of the same form on the same target.
  boolean sameOffer(Bid other) {
    return target.equals(other.target)
        && place == other.place
        && offer.warm() == other.offer.warm()
        && offer.isolation() == other.offer.isolation();
  }

  void describe(Item.TableBuilder line) {
    line.put("form", form.kind())
        .put("code", form.code())
        .put("warm", offer.warm())
        .put("isolation", offer.isolation().name().toLowerCase(Locale.ROOT))
        .put("price", price.total())
        .put("parts", price.parts())
        .put("kept", kept)
        .put("basis", basis.text())
        .put("expected", expected);
  }
}
