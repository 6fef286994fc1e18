package org.promisegrid.kernel.syscall;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.promisegrid.kernel.journal.Audit;
import org.promisegrid.kernel.journal.JournalException;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// `audit.verify`.
public final class AuditSyscalls {

  private final Ledger ledger;

  public AuditSyscalls(Ledger ledger) {
    this.ledger = ledger;
  }

  /// By name.
  public Map<String, Syscall> all() {
    return Map.of("audit.verify", (_, call, _) -> verify(call));
  }

  private Syscall.Kept verify(Call.Request call) throws Refusal {
    Optional<Audit.Noted> noted;
    try {
      Fields params = Fields.of(call.params(), "audit.verify");
      OptionalLong sealed = params.number("sealed", 0, Long.MAX_VALUE);
      Optional<String> hash = params.text("hash");
      params.end();
      if (sealed.isPresent() != hash.isPresent()) {
        throw new MalformedException("sealed and hash come together");
      }
      noted = hash.map(text -> Audit.Noted.of(sealed.getAsLong(), text));
    } catch (MalformedException | IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    try {
      return new Syscall.Kept(describe(ledger.audit(noted)));
    } catch (JournalException e) {
      if (e.damage().isPresent()) {
        return new Syscall.Kept(describe(e.damage().get()));
      }
      throw e;
    }
  }

  /// What is told of a sound journal.
  public static Item.Table describe(Audit.Found found) {
    return Item.table()
        .put("sound", true)
        .put("node", found.node().toString())
        .put("entries", found.entries())
        .put("segments", found.segments())
        .put("archived", found.archived())
        .put("seals", found.seals())
        .put("sealed", found.sealed())
        .put("hash", new Audit.Noted(found.sealed(), found.hash()).digits())
        .put("end", found.end())
        .put("unsealed", found.unsealed())
        .put("first", found.first().map(time -> Item.of(time.toEpochMilli())))
        .put("last", found.last().map(time -> Item.of(time.toEpochMilli())))
        .build();
  }

  /// What is told of a damaged one.
  public static Item.Table describe(JournalException.Damage damage) {
    return Item.table()
        .put("sound", false)
        .put(
            "damage",
            Item.table()
                .put("segment", String.valueOf(damage.segment().getFileName()))
                .put("offset", damage.offset())
                .put("at", damage.at())
                .put("how", damage.how())
                .build())
        .build();
  }
}
