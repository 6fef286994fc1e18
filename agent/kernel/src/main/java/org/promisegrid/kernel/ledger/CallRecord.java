package org.promisegrid.kernel.ledger;

import java.time.Instant;
import java.util.Optional;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// A call that was taken on, and what became of it.
///
/// @param call its name; its bytes aren't kept
/// @param by the principal who made it
/// @param function the user function that it called
/// @param at when it came, or when its end was recorded
/// @param end its receipt and how the node came by it; absent while it runs, and for ever if the
///     agent was killed meanwhile
public record CallRecord(Cid call, String by, Cid function, Instant at, Optional<End> end) {

  /// How a call was answered.
  public record End(Cid receipt, Answer.How how) {}

  byte[] encode() {
    Item.TableBuilder table =
        Item.table()
            .put("call", call)
            .put("by", by)
            .put("function", function)
            .put("at", at.toEpochMilli());
    end.ifPresent(
        ended ->
            table.put("receipt", ended.receipt()).put("how", ended.how().ordinal()));
    return Rows.encode(table.build());
  }

  static CallRecord decode(byte[] row) {
    return Rows.read(
        row,
        detail -> {
          Optional<End> end = Optional.empty();
          if (detail.get("receipt").isPresent()) {
            end =
                Optional.of(
                    new End(
                        Rows.link(detail, "receipt"), how(Rows.number(detail, "how"))));
          }
          return new CallRecord(
              Rows.link(detail, "call"),
              Rows.text(detail, "by"),
              Rows.link(detail, "function"),
              Instant.ofEpochMilli(Rows.number(detail, "at")),
              end);
        });
  }

  private static Answer.How how(long ordinal) throws MalformedException {
    Answer.How[] all = Answer.How.values();
    if (ordinal < 0 || ordinal >= all.length) {
      throw new MalformedException("an unknown way to come by a receipt");
    }
    return all[(int) ordinal];
  }
}
