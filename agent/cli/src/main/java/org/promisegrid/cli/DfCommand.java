package org.promisegrid.cli;

import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Sizes;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Shows what takes room.
@Command(
    sortOptions = false,
    description = "Show what takes room on the agent's disk, and what `grid gc` would free.")
final class DfCommand implements Callable<Integer> {

  private final Session session;

  @Option(
      names = "--quick",
      description = "Leave out what could be freed: finding that takes time.")
  private boolean quick;

  DfCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    try (Agent agent = session.agent()) {
      Told kept = agent.kept("agent.df", Item.table().put("collectable", !quick).build());
      return session.answer(kept.table(), () -> text(kept));
    }
  }

  private static String text(Told df) {
    Rows rows = new Rows("part", ">bytes", ">files");
    for (Told part : df.list("parts")) {
      rows.add(part.text("part"), Sizes.text(part.number("bytes")), part.number("files"));
    }
    Told content = df.map("content");
    Told disk = df.map("disk");
    Rows sums = new Rows();
    sums.add(
        "content",
        Sizes.text(content.number("bytes"))
            + " of its budget of "
            + Sizes.text(content.number("budget"))
            + "; remembered results get "
            + Sizes.text(content.number("results")));
    sums.add(
        "disk",
        Sizes.text(disk.number("free"))
            + " free of "
            + Sizes.text(disk.number("total"))
            + "; "
            + Sizes.text(disk.number("reserve"))
            + " of it are never taken");
    for (Told images : df.list("images")) {
      Told going = images.map("collectable");
      sums.add(
          "images",
          images.number("images")
              + " brought to "
              + images.text("target")
              + ", "
              + Sizes.text(images.number("bytes"))
              + "; `grid gc` would remove "
              + going.number("images")
              + ", "
              + Sizes.text(going.number("bytes")));
    }
    Told collectable = df.map("collectable");
    if (!collectable.names().isEmpty()) {
      sums.add(
          "grid gc",
          "would free "
              + Sizes.text(collectable.number("bytes"))
              + " in "
              + collectable.number("contents")
              + " pieces of content");
    }
    return rows.text() + "\n" + sums.text();
  }
}
