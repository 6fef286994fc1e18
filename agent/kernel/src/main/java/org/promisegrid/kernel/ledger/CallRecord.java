package org.promisegrid.kernel.ledger;

import java.time.Instant;
import java.util.Optional;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Limits;

/// A call that was taken on, and what became of it.
///
/// @param offset of the journal's entry, by which calls are listed
/// @param call its name; its bytes aren't kept
/// @param by the principal who made it
/// @param function the user function that it called
/// @param came when it came
/// @param at when that was recorded, or its end
/// @param end its receipt and how the node came by it; absent while it runs
/// @param lost the receipt that it has if nothing more is heard of its run; absent once it has
///   ended, and while no run of it began
/// @param begun how its run began; absent where `lost` is
/// @param nothing the answer's payload, if it ended without a receipt
public record CallRecord(
    long offset,
    Cid call,
    String by,
    Cid function,
    Instant came,
    Instant at,
    Optional<End> end,
    Optional<Cid> lost,
    Optional<Begun> begun,
    Optional<Item.Bytes> nothing) {

  /// What an agent has to know of a run that it takes up.
  ///
  /// @param identity what makes another call the same one
  /// @param limits that it runs under
  public record Begun(Cid identity, Limits limits) {}

  /// How a call was answered.
  public record End(Cid receipt, Answer.How how) {}

  /// Whether it has been answered.
  public boolean hasEnded() {
    return end.isPresent() || nothing.isPresent();
  }

  /// When it was answered.
  public Optional<Instant> ended() {
    return hasEnded() ? Optional.of(at) : Optional.empty();
  }

  byte[] encode() {
    Item.TableBuilder table =
        Item.table()
            .put("offset", offset)
            .put("call", call)
            .put("by", by)
            .put("function", function)
            .put("came", came.toEpochMilli())
            .put("at", at.toEpochMilli());
    lost.ifPresent(receipt -> table.put("lost", receipt));
    begun.ifPresent(
        run -> table.put("identity", run.identity()).put("limits", RunLimits.item(run.limits())));
    nothing.ifPresent(payload -> table.put("nothing", payload));
    end.ifPresent(ended -> table.put("receipt", ended.receipt()).put("how", Words.of(ended.how())));
    return Rows.encode(table);
  }

  /// A row that was written before runs were taken up tells no limits.
  static Optional<Begun> begun(Fields fields) throws MalformedException {
    Optional<Cid> identity = fields.link("identity");
    Optional<Item.Table> limits = fields.table("limits");
    return identity.isPresent() && limits.isPresent()
        ? Optional.of(new Begun(identity.get(), RunLimits.of(limits.get())))
        : Optional.empty();
  }

  static CallRecord decode(byte[] row) {
    return Rows.fields(
        row,
        fields -> {
          Optional<Cid> receipt = fields.link("receipt");
          Optional<Answer.How> how = fields.word("how", Answer.How.class);
          return new CallRecord(
              fields.requiredNumber("offset", 0, Long.MAX_VALUE),
              fields.requiredLink("call"),
              fields.requiredText("by"),
              fields.requiredLink("function"),
              Rows.time(fields, "came"),
              Rows.time(fields, "at"),
              receipt.isPresent() && how.isPresent()
                  ? Optional.of(new End(receipt.get(), how.get()))
                  : Optional.empty(),
              fields.link("lost"),
              begun(fields),
              fields.bytes("nothing"));
        });
  }
}
