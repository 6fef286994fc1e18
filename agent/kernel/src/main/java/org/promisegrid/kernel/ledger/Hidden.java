package org.promisegrid.kernel.ledger;

import java.util.Collection;
import java.util.Set;
import java.util.function.Predicate;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// What content links to and who put it may not read, as an entry holds it: the links, or `true`
/// where they are so many that none of its links is to count.
///
/// An entry has a bound, what is put and what runs write doesn't: and when a run has ended, it is
/// too late to refuse.
final class Hidden {

  /// Of 41 bytes each: a sixth of the largest entry.
  static final int MOST = 4096;

  private static final String NAME = "hidden";

  private Hidden() {}

  static void write(Item.TableBuilder detail, Collection<Cid> hidden) {
    if (hidden.size() > MOST) {
      detail.put(NAME, true);
    } else if (!hidden.isEmpty()) {
      detail.put(NAME, Item.array(hidden.stream().map(Item::of).toList()));
    }
  }

  /// Which links don't count.
  static Predicate<Cid> read(Fields detail) throws MalformedException {
    if (detail.item(NAME).orElse(null) instanceof Item.Bool(boolean all)) {
      return _ -> all;
    }
    return Set.copyOf(Rows.links(detail, NAME))::contains;
  }
}
