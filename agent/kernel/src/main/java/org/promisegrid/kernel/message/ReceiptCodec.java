package org.promisegrid.kernel.message;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Usage;

/// The map that a receipt's body travels as.
final class ReceiptCodec {

  private static final String WHAT = "a receipt";

  // 2^63 ms would pass what Instant can say; the year 10000 is enough.
  private static final long LATEST = 253_402_300_800_000L;

  private ReceiptCodec() {}

  static Item.Table encode(Receipt.Body body) {
    Item.TableBuilder table = Item.table();
    table.put("node", body.node().did());
    table.put("key", body.key());
    table.put("function", body.function());
    table.put("params", body.params());
    table.put("input", body.input());
    table.put("outcome", ended(body.outcome()));
    body.result().ifPresent(result -> table.put("result", result.cid()).put("size", result.size()));
    table.put("target", body.target().toString());
    table.put("form", body.form());
    table.put("code", body.code());
    table.put("purity", Words.of(body.purity()));
    table.put("isolation", Words.of(body.isolation()));
    table.put("started", body.started().toEpochMilli());
    table.put("took", micros(body.took()));
    table.put(
        "use",
        Item.table()
            .put("cpu", micros(body.use().cpu()))
            .put("memory", body.use().memory())
            .build());
    table.put("price", body.price());
    table.put("log", body.log());
    table.put("explain", body.explain().map(Item::of));
    table.put("differs", body.differs().map(Item::of));
    return table.build();
  }

  static Receipt.Body decode(Item item) throws MalformedException {
    Fields fields = Fields.of(item, WHAT);
    Item.Table params = fields.requiredTable("params");
    Plain.require(params, "a receipt's params");
    Receipt.Ended outcome = ended(fields.requiredTable("outcome"));
    Optional<Receipt.Result> result = result(fields);
    if (outcome instanceof Receipt.Ended.Kept && result.isEmpty()) {
      throw new MalformedException("a receipt of a kept run has no result");
    }
    String form = fields.requiredText("form");
    Item.Bytes log = fields.requiredBytes("log");
    if (form.isEmpty() || log.length() > Receipt.MAX_LOG) {
      throw new MalformedException("a receipt's form is empty, or its log too long");
    }
    Receipt.Body body =
        new Receipt.Body(
            node(fields.requiredText("node")),
            fields.requiredLink("key"),
            fields.requiredLink("function"),
            params,
            fields.requiredLink("input"),
            outcome,
            result,
            target(fields.requiredText("target")),
            form,
            fields.requiredLink("code"),
            fields.requiredWord("purity", Receipt.Purity.class),
            fields.requiredWord("isolation", Isolation.class),
            Instant.ofEpochMilli(fields.requiredNumber("started", 0, LATEST)),
            micros(fields, "took"),
            use(fields.requiredTable("use")),
            fields.requiredNumber("price", 0, Long.MAX_VALUE),
            log,
            fields.link("explain"),
            fields.link("differs"));
    fields.end();
    return body;
  }

  private static Item.Table ended(Receipt.Ended ended) {
    Item.TableBuilder table = Item.table();
    switch (ended) {
      case Receipt.Ended.Kept kept -> {
        table.put("kind", "kept");
        kept.code().ifPresent(code -> table.put("code", code));
      }
      case Receipt.Ended.Broken broken -> {
        table.put("kind", "broken");
        table.put("by", Words.of(broken.by()));
        table.put("what", Words.of(broken.what()));
        broken.code().ifPresent(code -> table.put("code", code));
        table.put("why", broken.why().map(Item::of));
      }
    }
    return table.build();
  }

  private static Receipt.Ended ended(Item.Table table) throws MalformedException {
    Fields fields = Fields.of(table, "a receipt's outcome");
    String kind = fields.requiredText("kind");
    OptionalLong number = fields.number("code", Integer.MIN_VALUE, Integer.MAX_VALUE);
    OptionalInt code =
        number.isPresent() ? OptionalInt.of((int) number.getAsLong()) : OptionalInt.empty();
    Receipt.Ended ended =
        switch (kind) {
          case "kept" -> new Receipt.Ended.Kept(code);
          case "broken" -> broken(fields, code);
          default -> throw new MalformedException("a receipt's outcome is not kept or broken");
        };
    fields.end();
    return ended;
  }

  private static Receipt.Ended.Broken broken(Fields fields, OptionalInt code)
      throws MalformedException {
    Receipt.What what = fields.requiredWord("what", Receipt.What.class);
    if (fields.requiredWord("by", Receipt.By.class) != what.by()) {
      throw new MalformedException(
          "a receipt's outcome: " + Words.of(what) + " is by " + Words.of(what.by()));
    }
    if (code.isPresent() != (what == Receipt.What.EXIT)) {
      throw new MalformedException("a receipt's outcome: a code goes with an exit, and only that");
    }
    Optional<String> why = fields.text("why");
    if (why.isPresent() && why.get().length() > Receipt.MAX_WHY) {
      throw new MalformedException("a receipt's outcome: why is too long");
    }
    return new Receipt.Ended.Broken(what, code, why);
  }

  private static Optional<Receipt.Result> result(Fields fields) throws MalformedException {
    Optional<Cid> cid = fields.link("result");
    OptionalLong size = fields.number("size", 0, Long.MAX_VALUE);
    if (cid.isPresent() != size.isPresent()) {
      throw new MalformedException("a receipt has a result without its size, or the reverse");
    }
    return cid.map(name -> new Receipt.Result(name, size.orElseThrow()));
  }

  private static NodeId node(String did) throws MalformedException {
    try {
      return new NodeId(did);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a receipt's node is not a did:key", e);
    }
  }

  private static Target target(String text) throws MalformedException {
    int colon = text.indexOf(':');
    if (colon <= 0) {
      throw new MalformedException("a receipt's target is not driver:address");
    }
    return new Target(text.substring(0, colon), text.substring(colon + 1));
  }

  private static Usage use(Item.Table table) throws MalformedException {
    Fields fields = Fields.of(table, "a receipt's use");
    Usage use =
        new Usage(micros(fields, "cpu"), fields.requiredNumber("memory", 0, Long.MAX_VALUE));
    fields.end();
    return use;
  }

  private static long micros(Duration duration) {
    return duration.dividedBy(ChronoUnit.MICROS.getDuration());
  }

  private static Duration micros(Fields fields, String name) throws MalformedException {
    return Duration.of(fields.requiredNumber(name, 0, Long.MAX_VALUE), ChronoUnit.MICROS);
  }
}
