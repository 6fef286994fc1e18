package org.promisegrid.kernel.ledger;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.sandbox.Cid;

/// How a call was answered.
///
/// @param came when it came
/// @param identity what makes another call the same call; absent if nothing does
/// @param until how long that is remembered
/// @param readable what the caller was answered with, and may read from now on
/// @param reach how far that may travel
public record Answered(
    Cid call,
    String by,
    Cid function,
    Cid receipt,
    Answer.How how,
    Instant came,
    Optional<Cid> identity,
    Instant until,
    Set<Cid> readable,
    Reach reach) {

  Item.TableBuilder toItem() {
    return Item.table()
        .put("call", call)
        .put("by", by)
        .put("function", function)
        .put("receipt", receipt)
        .put("how", Words.of(how))
        .put("came", came.toEpochMilli())
        .put("identity", identity.map(Item::of))
        .put("until", until.toEpochMilli())
        .put("readable", Item.array(readable.stream().sorted().map(Item::of).toList()))
        .put("reach", Words.of(reach));
  }

  static Answered of(Fields detail) throws MalformedException {
    return new Answered(
        detail.requiredLink("call"),
        detail.requiredText("by"),
        detail.requiredLink("function"),
        detail.requiredLink("receipt"),
        detail.required("how", detail.word("how", Answer.How.class)),
        Rows.time(detail, "came"),
        detail.link("identity"),
        Rows.time(detail, "until"),
        Set.copyOf(Rows.links(detail, "readable")),
        detail.requiredWord("reach", Reach.class));
  }
}
