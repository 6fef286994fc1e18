package org.promisegrid.kernel.storage;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.promisegrid.kernel.journal.JournalException;
import org.promisegrid.kernel.ledger.KeepBook;
import org.promisegrid.sandbox.Cid;

/// Prolongs the lease of content that is used: at most once in a thirtieth of it, so that most uses
/// cost a look at a map. Safe for many threads.
public final class Renewals {

  private static final System.Logger LOG = System.getLogger(Renewals.class.getName());

  private static final int REMEMBERED = 10_000;
  private static final int PARTS = 30;

  private final KeepBook keeping;
  private final InstantSource clock;
  private final Duration fresh;

  /// Content of which it is known when it was last used.
  private final Map<Cid, Instant> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Cid, Instant> eldest) {
          return size() > REMEMBERED;
        }
      };

  public Renewals(KeepBook keeping, InstantSource clock, Duration lease) {
    this.keeping = keeping;
    this.clock = clock;
    this.fresh = lease.dividedBy(PARTS);
  }

  /// Content was used by somebody who may. Where that can't be written down, the use stands.
  public void used(Collection<Cid> cids) {
    Instant now = keeping.reckoning().lease(clock.instant());
    List<Cid> stale = new ArrayList<>();
    for (Cid cid : cids) {
      if (!isFresh(cid, now)) {
        stale.add(cid);
      }
    }
    if (stale.isEmpty()) {
      return;
    }
    try {
      keeping.renewed(stale);
    } catch (JournalException e) {
      // A full disk is told elsewhere, and reading goes on.
      LOG.log(
          e.kind() == JournalException.Kind.EXHAUSTED
              ? System.Logger.Level.DEBUG
              : System.Logger.Level.WARNING,
          "the leases of what was used aren't prolonged",
          e);
      return;
    }
    synchronized (known) {
      stale.forEach(cid -> known.put(cid, now));
    }
  }

  private boolean isFresh(Cid cid, Instant now) {
    Instant last;
    synchronized (known) {
      last = known.get(cid);
    }
    if (last == null) {
      last = keeping.lastUse(cid).orElse(Instant.EPOCH);
    }
    // One that lies far ahead was given by a clock that was.
    boolean isFresh = Duration.between(last, now).abs().compareTo(fresh) < 0;
    if (isFresh) {
      synchronized (known) {
        known.put(cid, last);
      }
    }
    return isFresh;
  }
}
