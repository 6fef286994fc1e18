package org.promisegrid.kernel.message;

import java.util.Map;
import java.util.Optional;

/// The map that an answer's payload travels as.
final class AnswerCodec {

  private AnswerCodec() {}

  static Item.Table encode(Answer.Payload payload) {
    Item.TableBuilder table = Item.table();
    switch (payload) {
      case Answer.Payload.Kept kept -> table.put("kept", kept.value());
      case Answer.Payload.Receipted receipted ->
          table
              .put("receipt", receipted.receipt())
              .put("how", Words.of(receipted.how()))
              .put("result", receipted.result());
      case Answer.Payload.Revoked revoked ->
          table.put("revoked", Item.table().put("token", revoked.token()).build());
      case Answer.Payload.NotPromised not -> {
        Item.TableBuilder why =
            Item.table().put("reason", not.reason().code()).put("detail", not.detail());
        not.more().entries().forEach((name, value) -> why.put(((Item.Text) name).value(), value));
        table.put("not_promised", why.build());
      }
      case Answer.Payload.Broken broken ->
          table.put(
              "broken",
              Item.table().put("reason", "internal").put("detail", broken.detail()).build());
      case Answer.Payload.Promised _ -> table.put("promised", Item.EMPTY);
    }
    return table.build();
  }

  static Answer.Payload decode(Item item) throws MalformedException {
    Fields fields = Fields.of(item, "an answer's payload");
    Optional<Item> kept = fields.item("kept");
    Optional<Item.Bytes> receipt = fields.bytes("receipt");
    Optional<Item.Table> revoked = fields.table("revoked");
    Optional<Item.Table> not = fields.table("not_promised");
    Optional<Item.Table> broken = fields.table("broken");
    Optional<Item.Table> promised = fields.table("promised");
    Optional<Answer.Payload> payload = Optional.empty();
    if (kept.isPresent()) {
      payload = Optional.of(new Answer.Payload.Kept(kept.get()));
    } else if (receipt.isPresent()) {
      payload = Optional.of(receipted(receipt.get(), fields));
    } else if (revoked.isPresent()) {
      payload = Optional.of(revoked(revoked.get()));
    } else if (not.isPresent()) {
      payload = Optional.of(notPromised(not.get()));
    } else if (broken.isPresent()) {
      payload = Optional.of(broken(broken.get()));
    } else if (promised.isPresent()) {
      Fields.of(promised.get(), "promised").end();
      payload = Optional.of(new Answer.Payload.Promised());
    }
    if (payload.isEmpty()) {
      throw new MalformedException(
          "an answer that is none of kept, receipt, revoked, not_promised, broken and promised");
    }
    // Two kinds in one payload: the second was asked for too, so the count alone tells.
    int expected =
        payload.get() instanceof Answer.Payload.Receipted receipted
            ? 2 + (receipted.result().isPresent() ? 1 : 0)
            : 1;
    if (((Item.Table) item).entries().size() != expected) {
      throw new MalformedException("an answer that is more than one thing, or has unknown fields");
    }
    return payload.get();
  }

  private static Answer.Payload receipted(Item.Bytes receipt, Fields fields)
      throws MalformedException {
    Optional<Item.Bytes> result = fields.bytes("result");
    if (result.isPresent() && result.get().length() > Answer.MAX_INLINE_RESULT) {
      throw new MalformedException(
          "a result of "
              + result.get().length()
              + " bytes in an answer, where "
              + Answer.MAX_INLINE_RESULT
              + " are the most");
    }
    return new Answer.Payload.Receipted(
        receipt, fields.requiredWord("how", Answer.How.class), result);
  }

  private static Answer.Payload revoked(Item.Table table) throws MalformedException {
    Fields fields = Fields.of(table, "revoked");
    Answer.Payload payload = new Answer.Payload.Revoked(fields.requiredLink("token"));
    fields.end();
    return payload;
  }

  private static Answer.Payload notPromised(Item.Table table) throws MalformedException {
    Fields fields = Fields.of(table, "not_promised");
    Answer.Reason reason = fields.requiredWord("reason", Answer.Reason.class);
    String detail = fields.requiredText("detail");
    for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
      if (!(entry.getKey() instanceof Item.Text)) {
        throw new MalformedException("not_promised has a field whose name is not text");
      }
    }
    return new Answer.Payload.NotPromised(reason, detail, fields.rest());
  }

  private static Answer.Payload broken(Item.Table table) throws MalformedException {
    Fields fields = Fields.of(table, "broken");
    if (!fields.requiredText("reason").equals("internal")) {
      throw new MalformedException("broken: reason is not internal");
    }
    Answer.Payload payload = new Answer.Payload.Broken(fields.requiredText("detail"));
    fields.end();
    return payload;
  }
}
