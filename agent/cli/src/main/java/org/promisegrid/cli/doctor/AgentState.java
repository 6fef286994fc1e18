package org.promisegrid.cli.doctor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.client.Running;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Sizes;
import org.promisegrid.kernel.message.Item;

/// The agent of a home, if one runs: whether it can be reached, and what it can run.
public final class AgentState {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final HomeFolder home;
  private final Supplier<Agent> reach;
  private final String version;

  /// @param reach reaches the agent with the caller's own credential
  /// @param version of this command
  public AgentState(HomeFolder home, Supplier<Agent> reach, String version) {
    this.home = home;
    this.reach = reach;
    this.version = version;
  }

  /// All there is to say of it.
  ///
  /// @param port where it would listen, were it started
  public List<Finding> look(int port) {
    Optional<Running> running = home.running();
    if (running.isEmpty()) {
      return List.of(Finding.note("agent", "none runs here", "`grid up` starts one"), free(port));
    }
    if (!running.get().answers()) {
      return List.of(
          Finding.wrong(
              "agent",
              home.description() + " is of process " + running.get().pid() + ", which is gone",
              "it was killed; `grid up` starts it again" + log()),
          free(port));
    }
    List<Finding> found = new ArrayList<>(ask(running.get()));
    running.get().url().ifPresent(url -> found.add(listens(url)));
    return found;
  }

  private String log() {
    return Files.exists(home.log()) ? ", and " + home.log() + " may tell why" : "";
  }

  private List<Finding> ask(Running running) {
    try (Agent agent = reach.get()) {
      Told status = agent.kept("agent.status", Item.EMPTY);
      List<Finding> found = new ArrayList<>();
      found.add(version(running, status.maybeText("version").orElse("")));
      status.list("targets").forEach(target -> found.add(target(target)));
      status.list("skipped").forEach(driver -> found.add(skipped(driver)));
      return found;
    } catch (Failure e) {
      return List.of(
          Finding.wrong(
              "agent",
              "process "
                  + running.pid()
                  + " listens, and doesn't answer as it should: "
                  + e.message(),
              e.hint().orElse("`grid down` and `grid up` start it anew" + log())));
    }
  }

  private Finding version(Running running, String theirs) {
    String says = "process " + running.pid() + " answers, version " + theirs;
    return theirs.equals(version)
        ? Finding.good("agent", says)
        : Finding.note(
            "agent",
            says + ", and this command is " + version,
            "start it anew, so that both are the same: `grid down`, `grid up`");
  }

  private static Finding target(Told target) {
    String about = target.text("target");
    String reason = target.maybeText("reason").orElse("it doesn't say why");
    String off =
        "mend that, or turn it off: grid.drivers."
            + about.replaceFirst(":.*", "")
            + ".enabled=false in agent.properties";
    return switch (target.maybeText("status").orElse("")) {
      case "healthy" ->
          Finding.good(
              about,
              "healthy: "
                  + reason
                  + "; holds "
                  + target.maybeNumber("sandboxes").orElse(0)
                  + " sandboxes, "
                  + Sizes.text(target.maybeNumber("memory").orElse(0)));
      case "undetected" ->
          Finding.note(about, "what it needs isn't there: " + reason, "install that, or " + off);
      case String other -> Finding.wrong(about, other + ": " + reason, off);
    };
  }

  private static Finding skipped(Told driver) {
    return Finding.wrong(
        "driver",
        driver.text("driver") + " was found, and can't be used: " + driver.text("reason"),
        "mend it, or take it away; then start the agent anew: `grid down`, `grid up`");
  }

  /// Whether somebody takes connections where the agent says it listens.
  private static Finding listens(String url) {
    URI uri = URI.create(url);
    int port = uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(uri.getHost(), port), (int) PATIENCE.toMillis());
      return Finding.good("http", url + " takes connections");
    } catch (IOException e) {
      return Finding.wrong(
          "http",
          url + " takes no connections: " + e.getMessage(),
          "look for a firewall on this host, and into the agent's log");
    }
  }

  /// Whether an agent could listen there.
  private static Finding free(int port) {
    if (port == 0) {
      return Finding.good("http", "an agent takes any free port");
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return Finding.good("http", "port " + port + " is free");
    } catch (IOException e) {
      return Finding.wrong(
          "http",
          "port " + port + " isn't to be had: " + e.getMessage(),
          "`ss -ltnp 'sport = :"
              + port
              + "'` tells who has it; choose another by grid.http.port in agent.properties");
    }
  }
}
