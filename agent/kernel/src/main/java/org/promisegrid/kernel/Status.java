package org.promisegrid.kernel;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.promisegrid.kernel.call.Signer;
import org.promisegrid.kernel.call.Tally;
import org.promisegrid.kernel.call.UserCalls;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.dispatch.Event;
import org.promisegrid.kernel.dispatch.FairShare;
import org.promisegrid.kernel.dispatch.Targets;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.sandbox.Fitness;

/// What the agent says of itself: to its owner, and to those who measure it.
record Status(
    Settings settings,
    Instant started,
    Home home,
    Signer signer,
    ContentStore content,
    Ledger ledger,
    Targets targets,
    List<Event.Skipped> skipped,
    FairShare admission,
    UserCalls calls,
    Tally tally) {

  /// As `agent.status` answers it.
  Item.Table describe() {
    List<Item> lines = new ArrayList<>();
    for (Targets.View target : targets.all()) {
      FairShare.Load load = admission.load(target.target());
      lines.add(
          Item.table()
              .put("target", target.target().toString())
              .put("status", Words.of(target.fitness().status()))
              .put("reason", target.fitness().reason())
              .put("sandboxes", target.fitness().capacity().sandboxes())
              .put("memory", target.fitness().capacity().memory())
              .put("running", load.running())
              .put("waiting", load.waiting())
              .put("labels", labels(target.fitness().labels()))
              .build());
    }
    Measures now = measures();
    return Item.table()
        .put("node", signer.node().did())
        .put("version", settings.version())
        .put("started", started.toEpochMilli())
        .put("ready", targets.ready().isDone())
        .put("home", home.directory().toString())
        .put("targets", Item.array(lines))
        .put(
            "skipped",
            Item.array(
                skipped.stream()
                    .<Item>map(each ->
                        Item.table().put("driver", each.driver()).put("reason", each.why()).build())
                    .toList()))
        .put("calls", now.calls())
        .put("content", Item.table().put("free", content.free()).build())
        .put("journal", Item.table().put("end", now.journal()).put("failed", now.failed()).build())
        .build();
  }

  private static Item labels(Map<String, String> labels) {
    Map<String, Item> items = new HashMap<>();
    labels.forEach((name, value) -> items.put(name, Item.of(value)));
    return Item.table(items);
  }

  Measures measures() {
    Map<String, FairShare.Load> loads = new LinkedHashMap<>();
    Map<String, Boolean> healthy = new LinkedHashMap<>();
    for (Targets.View target : targets.all()) {
      loads.put(target.target().toString(), admission.load(target.target()));
      healthy.put(target.target().toString(), target.fitness().status() == Fitness.Status.HEALTHY);
    }
    return new Measures(
        tally.answered(),
        tally.kept(),
        tally.broken(),
        tally.notPromised(),
        calls.running(),
        loads,
        healthy,
        content.free(),
        ledger.end(),
        ledger.hasFailed());
  }
}
