package org.promisegrid.kernel;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.token.CountedUses;
import org.promisegrid.kernel.token.Uses;
import org.promisegrid.sandbox.Cid;

/// Counts uses, and writes each one down before it counts as taken: of a token for `n` calls, `n`
/// are honoured, also across restarts. Rates begin anew with the agent.
///
/// Calls are counted in the ledger, however many tokens there are; memory holds those in use. The
/// room for rates, which stand nowhere else, is shared out among those to whom the owner passed
/// something on: what they pass on themselves takes from theirs.
final class JournaledUses implements Uses {

  private static final int MOST_TOKENS = 100_000;
  private static final int MOST_RATES_OF_ONE = 5_000;

  private final Ledger ledger;
  private final CountedUses counted;

  JournaledUses(Ledger ledger) {
    this(ledger, MOST_TOKENS, MOST_RATES_OF_ONE);
  }

  JournaledUses(Ledger ledger, int most, int mostRatesOfOne) {
    this.ledger = ledger;
    this.counted = new CountedUses(most, mostRatesOfOne, ledger.tokens()::uses);
  }

  @Override
  public Taken take(List<Limited> links, Instant now) {
    Taken taken = counted.take(links, now);
    if (taken instanceof Taken.Took(Map<Cid, Count> counts)) {
      for (Limited link : links) {
        Count count = counts.get(link.token());
        if (count != null && link.use().calls().isPresent()) {
          ledger.tokens().used(link.token(), count.calls());
        }
      }
    }
    return taken;
  }
}
