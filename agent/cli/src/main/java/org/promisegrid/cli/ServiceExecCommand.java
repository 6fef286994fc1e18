package org.promisegrid.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Reply;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Terminal;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Runs a program beside a service.
@Command(
    sortOptions = false,
    description = {
      "Run a program in a service's sandbox, beside what runs there.",
      "",
      "  grid service exec web -- nginx -t",
      "  grid service exec -it web -- sh"
    },
    footer = {"", "It ends with the program's exit code; 125 if the program couldn't be run."})
final class ServiceExecCommand implements Callable<Integer> {

  private static final String FUNCTION = "service.exec";
  private static final int PIECE = 32 << 10;

  private final Session session;

  @Parameters(index = "0", paramLabel = "NAME", description = "The service.")
  private String name = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "ARG",
      description = "After --: the program and its arguments.")
  private List<String> words = new ArrayList<>();

  @Option(
      names = {"-i", "--interactive"},
      description = "It reads the standard input.")
  private boolean interactive;

  @Option(
      names = {"-t", "--tty"},
      description = "It gets a terminal; with -i, yours.")
  private boolean tty;

  @Option(
      names = {"-u", "--user"},
      paramLabel = "UID[:GID]",
      description = "Whom it runs as (default: as the service).")
  private Optional<String> user = Optional.empty();

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME=VALUE",
      description = "A variable.")
  private List<String> environment = new ArrayList<>();

  @Option(names = "--replica", paramLabel = "N", description = "In which replica (default: any).")
  private Optional<Long> replica = Optional.empty();

  ServiceExecCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (session.isJson()) {
      throw Failure.usage("what a program writes is no JSON: leave out -o json");
    }
    boolean mine = interactive && tty;
    if (mine && !session.inIsTerminal()) {
      throw Failure.usage("-it hands over a terminal, and the standard input is none")
          .hint("-i alone passes it on; -t alone gives the program a terminal of its own");
    }
    try (Agent agent = session.agent()) {
      Reply reply = agent.ask(FUNCTION, params(mine));
      Cid exec = reply.kept(FUNCTION).link("exec");
      if (!mine) {
        return follow(agent, reply, exec);
      }
      try (Terminal _ = Terminal.take()) {
        return follow(agent, reply, exec);
      }
    } catch (IOException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
  }

  private Item.Table params(boolean mine) throws IOException {
    Item.TableBuilder params =
        Item.table()
            .put("name", name)
            .put("words", Item.array(words.stream().map(Item::of).toList()));
    user.ifPresent(it -> params.put("user", it));
    replica.ifPresent(it -> params.put("replica", it));
    if (!environment.isEmpty()) {
      Item.TableBuilder variables = Item.table();
      for (String each : environment) {
        int at = each.indexOf('=');
        if (at < 1) {
          throw Failure.usage("--env takes NAME=VALUE, not '" + each + "'");
        }
        variables.put(each.substring(0, at), each.substring(at + 1));
      }
      params.put("environment", variables.build());
    }
    if (tty) {
      Terminal.Size size = mine ? Terminal.size() : new Terminal.Size(24, 80);
      params.put("rows", size.rows()).put("columns", size.columns());
    }
    return params.build();
  }

  private int follow(Agent agent, Reply reply, Cid exec) throws IOException {
    if (interactive) {
      Side side = new Side(agent.again(), exec);
      var _ = Thread.ofVirtual().name("exec-input").start(side::pass);
      if (tty) {
        Terminal.watch(side::resize);
      }
    }
    // A terminal that was handed over is to obey: that is what it was handed over for.
    int[] code = new int[1];
    Delivery.show(session, tty && interactive, to -> code[0] = show(reply, to));
    return code[0];
  }

  private int show(Reply reply, OutputStream to) {
    while (true) {
      Event event =
          Agent.event(reply.after())
              .orElseThrow(() -> Failure.agent("the agent told no more of the program"));
      Told detail = Told.of(event.detail(), FUNCTION);
      switch (event.kind()) {
        case "output" -> write(to, detail.bytes("bytes"));
        case "error" -> session.log(detail.bytes("bytes"));
        case "ended" -> {
          if (detail.maybeNumber("code").isEmpty()) {
            throw Failure.agent(
                "how the program ended isn't known: " + detail.maybeText("why").orElse("no word"));
          }
          return (int) (detail.number("code") & 0xff);
        }
        default -> session.note(event.kind());
      }
    }
  }

  private void write(OutputStream to, byte[] bytes) {
    try {
      to.write(bytes);
      to.flush();
    } catch (IOException e) {
      throw Failure.output(e);
    }
    session.flush();
  }

  /// What the program reads, over a line of its own. It ends with this process: a program may end
  /// before its input does.
  private final class Side {

    private final Agent agent;
    private final Cid exec;
    private final ReentrantLock turn = new ReentrantLock();

    Side(Agent agent, Cid exec) {
      this.agent = agent;
      this.exec = exec;
    }

    void pass() {
      byte[] piece = new byte[PIECE];
      InputStream in = session.in();
      try {
        for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
          tell(Item.table().put("input", Item.of(Arrays.copyOf(piece, n))));
        }
        tell(Item.table().put("end", true));
      } catch (IOException | Failure e) {
        // Where the program has ended nobody reads; any other reason, its own end will tell.
        session.note("its input isn't passed on any more: " + e.getMessage());
      }
    }

    void resize() {
      try {
        Terminal.Size size = Terminal.size();
        tell(Item.table().put("rows", size.rows()).put("columns", size.columns()));
      } catch (IOException | Failure e) {
        session.note("its terminal doesn't know its size: " + e.getMessage());
      }
    }

    private void tell(Item.TableBuilder what) {
      turn.lock();
      try {
        var _ = agent.kept(FUNCTION, what.put("name", name).put("exec", exec).build());
      } finally {
        turn.unlock();
      }
    }
  }
}
