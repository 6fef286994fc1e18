package org.promisegrid.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Source;
import org.promisegrid.kernel.message.Item;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Names content without asking an agent.
@Command(description = "Write the CID of a file or the standard input; no agent is asked.")
final class CidCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(paramLabel = "FILE|-", defaultValue = "-", description = "What to name.")
  private String what = "-";

  CidCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    try {
      Source source = what.equals("-") ? Source.spool(session.in()) : Source.of(Path.of(what));
      return session.answer(
          Item.table().put("cid", source.cid()).put("size", source.size()).build(),
          () -> source.cid() + "\n");
    } catch (IOException e) {
      throw Failure.usage("can't read the standard input: " + e.getMessage()).because(e);
    }
  }
}
