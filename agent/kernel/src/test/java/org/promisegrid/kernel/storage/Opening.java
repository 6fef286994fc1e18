package org.promisegrid.kernel.storage;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.index.Graph;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.journal.Disk;
import org.promisegrid.kernel.journal.Journal;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.token.SigningKey;

/// Ledgers over a real journal.
final class Opening {

  private static final SigningKey KEY = SigningKey.generate(new SecureRandom());

  private Opening() {}

  static Ledger ledger(Path home, ContentStore content, Index index, InstantSource clock) {
    return Ledger.open(
        index,
        new Graph(index, content),
        (from, follower) ->
            Journal.open(
                new Journal.Setup(
                    home.resolve("journal"),
                    Protocols.cid("journal"),
                    KEY,
                    clock,
                    Disk.real(),
                    Journal.SEGMENT),
                from,
                follower));
  }
}
