package org.promisegrid.kernel.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Target;

/// Why an order is run where it is: every target, what it offers at what price, or why it isn't
/// able; what was tried, and what was chosen.
///
/// @param bids of the able, cheapest first
/// @param unable the others, by target
/// @param tried what was tried and didn't run to an end of its own making, in turn
/// @param chosen the bid that would be, or was, taken
public record Account(
    List<Bid> bids, List<Unable> unable, List<Attempt> tried, Optional<Bid> chosen) {

  public Account {
    bids = List.copyOf(bids);
    unable = List.copyOf(unable);
    tried = List.copyOf(tried);
  }

  /// A target, or one of its offers, that won't do.
  ///
  /// @param bid what it offered, where that is what won't do
  /// @param detail for a person
  public record Unable(Target target, Obstacle obstacle, String detail, Optional<Bid> bid) {}

  /// What stands in the way.
  public enum Obstacle {
    /// The order asks for another place.
    PLACE,
    /// It can't work now.
    UNFIT,
    /// It has no room for a run of this size.
    CAPACITY,
    /// It runs none of the forms.
    FORM,
    /// It can't fill a slot.
    SLOT,
    /// Its driver declined.
    DECLINED,
    /// It cuts off less well than asked.
    ISOLATION,
    /// Its promise has ended already.
    EXPIRED,
    /// It is dearer than the cap.
    PRICE,
    /// It wouldn't be done by the deadline.
    DEADLINE
  }

  /// A bid that was taken and led to nothing.
  ///
  /// @param started whether something of the workload may have executed
  public record Attempt(Bid bid, DriverException.Kind kind, String detail, boolean started) {}

  /// The same, as it went: nothing was run.
  Account as(List<Attempt> attempts) {
    return new Account(bids, unable, attempts, Optional.empty());
  }

  /// The same, as it went: `taken` was run, which may be a bid asked for again.
  Account as(List<Attempt> attempts, Bid taken) {
    List<Bid> asked = new ArrayList<>(bids);
    asked.replaceAll(bid -> bid.sameOffer(taken) ? taken : bid);
    return new Account(asked, unable, attempts, Optional.of(taken));
  }

  /// As accounts are shown and stored: `{chosen?, targets: […], tried?: […]}`. `chosen` is the
  /// place in `targets`, which begins with the able, cheapest first.
  public Item.Table toItem() {
    List<Item> lines = new ArrayList<>();
    for (Bid bid : bids) {
      Item.TableBuilder line =
          Item.table().put("target", bid.target().toString()).put("able", true);
      bid.describe(line);
      lines.add(line.build());
    }
    for (Unable other : unable) {
      Item.TableBuilder line =
          Item.table()
              .put("target", other.target().toString())
              .put("able", false)
              .put("obstacle", text(other.obstacle()))
              .put("why", other.detail());
      other.bid().ifPresent(bid -> bid.describe(line));
      lines.add(line.build());
    }
    Item.TableBuilder account = Item.table().put("targets", Item.array(lines));
    chosen.ifPresent(bid -> account.put("chosen", bids.indexOf(bid)));
    if (!tried.isEmpty()) {
      account.put("tried", Item.array(tried.stream().map(Account::describe).toList()));
    }
    return account.build();
  }

  private static Item describe(Attempt attempt) {
    return Item.table()
        .put("target", attempt.bid().target().toString())
        .put("warm", attempt.bid().offer().warm())
        .put("failure", text(attempt.kind()))
        .put("why", attempt.detail())
        .put("started", attempt.started())
        .build();
  }

  private static String text(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
