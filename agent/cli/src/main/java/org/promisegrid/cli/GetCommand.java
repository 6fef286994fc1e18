package org.promisegrid.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.kernel.message.Item;
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
          "Where it goes; a directory's content becomes a directory that isn't there yet.")
  private Optional<Path> out = Optional.empty();

  @Option(names = "--offset", paramLabel = "N", description = "Where to begin, in bytes.")
  private Optional<Long> offset = Optional.empty();

  @Option(names = "--length", paramLabel = "N", description = "How many bytes.")
  private Optional<Long> length = Optional.empty();

  GetCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Optional<Cid> cid = Callee.parse(named);
    if (cid.isEmpty() && named.indexOf(':') < 1) {
      throw Failure.usage("'" + named + "' is neither a CID nor ALGORITHM:HEX");
    }
    Item.TableBuilder params = Item.table();
    params.put("cid", cid.<Item>map(Item::of).orElseGet(() -> Item.of(named)));
    offset.ifPresent(from -> params.put("offset", from));
    length.ifPresent(most -> params.put("length", most));
    try (Agent agent = session.agent()) {
      if (out.isPresent()) {
        if (cid.isPresent() && Folder.isTree(agent, cid.get())) {
          Folder.get(agent, cid.get(), out.get());
        } else {
          Delivery.write(out.get(), to -> agent.get(params.build(), cid, to));
        }
      } else {
        agent.get(params.build(), cid, session.out());
      }
      return 0;
    }
  }
}
