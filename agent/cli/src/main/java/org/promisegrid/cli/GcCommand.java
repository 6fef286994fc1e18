package org.promisegrid.cli;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Sizes;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Removes content that nobody needs.
@Command(
    sortOptions = false,
    description = {
      "Remove content that nobody needs: not pinned, no ref's, not used within its lease.",
      "What is remembered of calls goes only where it is more than its budget; such calls run again.",
      "Images that the agent brought to an engine go, too, if nobody uses them any more."
    })
final class GcCommand implements Callable<Integer> {

  private static final Map<String, String> WHY =
      Map.of(
          "lease", "not used within its lease",
          "budget", "a result; others were used later",
          "unnamed", "nothing that is kept names it");

  private final Session session;

  @Option(names = "--dry-run", description = "Only tell what would go, and why.")
  private boolean dry;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "How many names a dry run tells: 100 unless said otherwise, at most 1000.")
  private long limit;

  GcCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Item.TableBuilder params = Item.table();
    if (dry) {
      params.put("dry", true).put("limit", limit);
    }
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("agent.gc", params.build());
      return session.answer(kept.table(), () -> dry ? plan(kept) : done(kept));
    }
  }

  private static String done(Told gc) {
    return "removed "
        + amount(gc)
        + images(gc)
        + (gc.is("compacted")
            ? "\n"
            : "; the database of small content had too little room to shrink at once\n");
  }

  private static String plan(Told gc) {
    Rows rows = new Rows("content", ">size", "kind", "why");
    for (Told gone : gc.list("list")) {
      rows.add(
          gone.link("cid"),
          Sizes.text(gone.number("size")),
          gone.text("kind"),
          WHY.getOrDefault(gone.text("why"), gone.text("why")));
    }
    for (Told image : gc.list("images")) {
      rows.add(
          image.link("cid"),
          Sizes.text(image.number("bytes")),
          "image",
          "unused on " + image.text("target"));
    }
    return (rows.isEmpty() ? "" : rows.text() + "\n")
        + "would remove "
        + amount(gc)
        + images(gc)
        + ", and keep "
        + amount(gc.map("kept"))
        + "\n";
  }

  private static String images(Told gc) {
    List<Told> images = gc.list("images");
    return images.isEmpty()
        ? ""
        : "; "
            + images.size()
            + (images.size() == 1 ? " image, " : " images, ")
            + Sizes.text(images.stream().mapToLong(it -> it.number("bytes")).sum());
  }

  private static String amount(Told count) {
    return count.number("contents") + " pieces of content, " + Sizes.text(count.number("bytes"));
  }
}
