package org.promisegrid.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Reply;
import org.promisegrid.cli.client.Run;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Calls a function as if it were a program.
@Command(
    sortOptions = false,
    description = "Call a function: its result on the standard output, its exit code as ours.",
    footer = {
      "",
      "  grid call wordcount -p top=5 < README.md",
      "  grid call mandelbrot -p width=320 > picture.png",
      "  grid call ./match.wasm --input README.md -- -n grid",
      "  grid await $(grid call --detach wordcount --input README.md)",
      "",
      "With -o json the receipt is written in place of the result. With --detach the call's CID is",
      "written as soon as the agent has taken it on; it is remembered from then on, also if the agent",
      "ends meanwhile. `grid await`, `watch` and `cancel` take that CID."
    })
final class CallCommand implements Callable<Integer> {

  private final Session session;

  @Mixin private CallOptions options = new CallOptions();

  @Mixin private Delivery.Where where = new Delivery.Where();

  @Option(
      names = {"-d", "--detach"},
      description = "Don't wait for the end: write the call's CID.")
  private boolean detach;

  CallCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (detach && where.isGiven()) {
      throw Failure.usage("--detach doesn't wait for what --out, --receipt and --raw are about");
    }
    Terms asked = options.terms();
    try (Agent agent = session.agent()) {
      Callee callee = Callee.of(agent, options.function(), options.isPure());
      Input input = options.input(session, agent);
      Terms terms = asked.over(callee.terms());
      Call call =
          agent.prove(
              callee.function(),
              options.params(),
              input,
              detach ? terms.toBuilder().later(true).build() : terms);
      session.note("call " + call.cid() + " of " + callee.function());
      if (detach) {
        return leave(agent, call);
      }
      Run run = send(agent, call);
      return new Delivery(session, agent, where).deliver(run);
    }
  }

  /// Goes as soon as the agent has taken the call on; it may have been answered by then.
  private int leave(Agent agent, Call call) {
    Reply reply = agent.send(call);
    if (!reply.isPromised()) {
      var _ = Run.of(reply, agent.node());
    }
    return session.answer(
        Item.table()
            .put("call", call.cid())
            .put("state", reply.isPromised() ? "running" : "ended")
            .build(),
        () -> call.cid() + "\n");
  }

  private Run send(Agent agent, Call call) {
    Thread cancelling = new Thread(() -> cancel(agent, call), "cancel");
    Runtime.getRuntime().addShutdownHook(cancelling);
    try {
      return Run.of(agent.send(call), agent.node());
    } finally {
      forget(cancelling);
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The process is ending already: the hook runs, and cancels a call that is over at worst.
      return;
    }
  }

  /// An interrupted caller doesn't want the run to go on.
  private void cancel(Agent agent, Call call) {
    try (Agent another = agent.again()) {
      another.kept("call.cancel", Item.table().put("call", call.cid()).build());
    } catch (Failure | IOException e) {
      session
          .err()
          .println(
              "grid: the call could not be cancelled: "
                  + Plain.line(String.valueOf(e.getMessage())));
    }
  }
}
