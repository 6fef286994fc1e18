package org.promisegrid.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Source;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Progress;
import org.promisegrid.cli.text.Sizes;
import org.promisegrid.kernel.content.Tree;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Puts content.
@Command(
    sortOptions = false,
    description = "Put a file, a directory or the standard input; write its CID.")
final class PutCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(paramLabel = "FILE|DIR|-", defaultValue = "-", description = "What to put.")
  private String what = "-";

  @Option(names = "--cid", paramLabel = "CID", description = "Refuse it if it is anything else.")
  private Optional<Cid> cid = Optional.empty();

  @Option(
      names = "--expect",
      paramLabel = "ALGORITHM:HEX",
      description = "A sum that it must have: sha2-256, sha2-512, sha3-256, …")
  private List<String> sums = new ArrayList<>();

  PutCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    try (Agent agent = session.agent()) {
      if (!what.equals("-") && Files.isDirectory(Path.of(what))) {
        return folder(agent);
      }
      Told kept = put(agent);
      session.note(
          Sizes.text(kept.number("size")) + (kept.is("new") ? ", new" : ", it was there already"));
      return session.answer(kept.table(), () -> kept.link("cid") + "\n");
    }
  }

  private int folder(Agent agent) {
    if (cid.isPresent() || !sums.isEmpty()) {
      throw Failure.usage("--cid and --expect are for files, and " + what + " is a directory");
    }
    Tree.Directory tree;
    try (Progress progress = session.progress("put " + what, 0)) {
      tree = Folder.put(agent, Path.of(what), progress);
    }
    session.note(Sizes.text(tree.size()) + " in a directory");
    return session.answer(
        Item.table().put("cid", tree.cid()).put("size", tree.size()).build(),
        () -> tree.cid() + "\n");
  }

  private Told put(Agent agent) {
    Source source = what.equals("-") ? standard() : Source.of(Path.of(what));
    if (cid.isPresent() && !cid.get().equals(source.cid())) {
      throw Failure.of(
          Failure.Kind.NO, "invalid", what + " is " + source.cid() + ", not " + cid.get());
    }
    Item.Table more =
        sums.isEmpty()
            ? Item.EMPTY
            : Item.table().put("expect", Item.array(sums.stream().map(Item::of).toList())).build();
    try (Progress progress = session.progress("put " + what, source.size())) {
      return agent.put(source.watched(progress::of), more);
    }
  }

  private Source standard() {
    try {
      return Source.spool(session.in());
    } catch (IOException e) {
      throw Failure.usage("can't read the standard input: " + e.getMessage()).because(e);
    }
  }
}
