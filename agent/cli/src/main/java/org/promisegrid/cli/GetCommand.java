package org.promisegrid.cli;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.cli.text.Progress;
import org.promisegrid.kernel.content.Multihash;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Gets content.
@Command(
    sortOptions = false,
    description = "Write content to the standard output or a file, checked against its name.")
final class GetCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(
      paramLabel = "CID",
      description = "Its name, or another sum that is known of it: ALGORITHM:HEX.")
  private String named = "";

  @Option(
      names = "--out",
      paramLabel = "FILE|DIR",
      description =
          "Where it goes (default: -, the standard output); a directory's content becomes a"
              + " directory that isn't there yet.")
  private Optional<Path> out = Optional.empty();

  @Option(
      names = "--raw",
      description = "To a terminal, too, write it as it is: a terminal may obey it.")
  private boolean raw;

  @Option(names = "--offset", paramLabel = "N", description = "Where to begin, in bytes.")
  private Optional<Long> offset = Optional.empty();

  @Option(names = "--length", paramLabel = "N", description = "How many bytes.")
  private Optional<Long> length = Optional.empty();

  GetCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Multihash name = name();
    Item sum = name.cid().<Item>map(Item::of).orElseGet(() -> Item.of(name.toString()));
    out = out.filter(file -> !Delivery.isStandard(file));
    try (Agent agent = session.agent()) {
      long size = 0;
      if (out.isPresent()) {
        // Another sum names the same content, which may be a directory.
        Told has = agent.kept("content.has", Item.table().put("cid", sum).build());
        if (Folder.isTree(agent, has.link("cid"))) {
          folder(agent, has.link("cid"), out.get());
          return 0;
        }
        size = has.number("size");
      }
      try (Progress progress = progress(size)) {
        write(to -> get(agent, name, sum, progress.of(to)));
      }
      return 0;
    }
  }

  private void get(Agent agent, Multihash name, Item sum, OutputStream to) {
    if (offset.isEmpty() && length.isEmpty()) {
      agent.get(name, to);
      return;
    }
    Item.TableBuilder params = Item.table().put("cid", sum);
    offset.ifPresent(from -> params.put("offset", from));
    length.ifPresent(most -> params.put("length", most));
    agent.part(params.build(), to);
  }

  private Multihash name() {
    Optional<Cid> cid = Callee.parse(named);
    if (cid.isPresent()) {
      return Multihash.of(cid.get());
    }
    try {
      return Multihash.parse(named);
    } catch (MalformedException e) {
      throw Failure.usage("'" + Plain.shorten(named, 80) + "' is neither a CID nor ALGORITHM:HEX")
          .because(e);
    }
  }

  private void folder(Agent agent, Cid tree, Path target) {
    if (offset.isPresent() || length.isPresent()) {
      throw Failure.usage("--offset and --length are for files, and " + named + " is a directory");
    }
    try (Progress progress = session.progress("get " + named, 0)) {
      Folder.get(agent, tree, target, progress);
    }
  }

  private void write(Consumer<OutputStream> writer) {
    if (out.isPresent()) {
      Delivery.write(out.get(), writer);
    } else {
      Delivery.show(session, raw, writer);
    }
  }

  /// Of all of it, as far as that is known. A terminal that the bytes themselves go to is no place
  /// for it.
  private Progress progress(long size) {
    if (out.isEmpty() && session.outIsTerminal()) {
      return session.progress("get " + named, -1);
    }
    long rest = Math.max(0, size - offset.orElse(0L));
    return session.progress("get " + named, Math.min(rest, length.orElse(rest)));
  }
}
