package org.promisegrid.kernel.ledger;

import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.message.Item;

/// Tells the journal; returns when the entry is as durable as its kind is.
@FunctionalInterface
interface Recording {
  void append(Entry.Kind kind, Item.TableBuilder detail);
}
