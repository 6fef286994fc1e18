package org.promisegrid.kernel;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.token.CountedUses;
import org.promisegrid.kernel.token.Uses;
import org.promisegrid.sandbox.Cid;

/// Counts uses, and writes each one down before it counts as taken: of a token for `n` calls, `n`
/// are honoured, also across restarts. Rates begin anew with the agent.
final class JournaledUses implements Uses {

  private static final int MOST_TOKENS = 100_000;

  private final Ledger ledger;
  private final CountedUses counted = new CountedUses(MOST_TOKENS);

  JournaledUses(Ledger ledger, Instant now) {
    this.ledger = ledger;
    Map<Cid, Count> kept = new HashMap<>();
    ledger
        .uses()
        .forEach((token, count) -> kept.put(token, new Count(count, 0, now, Optional.empty())));
    counted.restore(kept);
  }

  @Override
  public Taken take(List<Limited> links, Instant now) {
    Taken taken = counted.take(links, now);
    if (taken instanceof Taken.Took(Map<Cid, Count> counts)) {
      for (Limited link : links) {
        Count count = counts.get(link.token());
        if (count != null && link.use().calls().isPresent()) {
          ledger.used(link.token(), count.calls());
        }
      }
    }
    return taken;
  }
}
