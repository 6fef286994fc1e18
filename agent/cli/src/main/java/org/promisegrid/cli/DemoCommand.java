package org.promisegrid.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// Shows the whole idea.
@Command(description = "See it work: real calls on a throwaway agent, each step checked.")
final class DemoCommand implements Callable<Integer> {
  private final Session session;

  DemoCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    session.line("soon");
    return 1;
  }
}
