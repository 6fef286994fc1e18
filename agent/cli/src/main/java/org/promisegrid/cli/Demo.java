package org.promisegrid.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Credential;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.client.Run;
import org.promisegrid.cli.client.Running;
import org.promisegrid.cli.client.Source;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Sizes;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Answer.How;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;

/// The story that `grid demo` tells: an owner's own calls. [DemoGuests] tells that of the others.
final class Demo {

  private static final List<String> NAMES = List.of("wordcount", "sha256", "mandelbrot", "spin");
  private static final List<String> TEXTS =
      List.of("docs/design.md", "README.md", "CONTRIBUTING.md", "LICENSE");

  private final Stage stage;
  private final HomeFolder home;
  private final Running running;
  private final Path root;
  private final Path picture;

  Demo(Stage stage, HomeFolder home, Running running, Path root, Path picture) {
    this.stage = stage;
    this.home = home;
    this.running = running;
    this.root = root;
    this.picture = picture;
  }

  /// A call that was answered, and how long that took as its caller saw it.
  record Timed(Run run, Item.Bytes written, Duration took) {
    byte[] result() {
      return written.value();
    }
  }

  /// Plays all of it.
  void play() {
    Credential owner = Credential.owner(home);
    try (Agent agent = Agent.reach(home, Optional.empty(), owner)) {
      Optional<Map<String, Cid>> functions =
          stage.step("its owner puts functions, and names them", () -> put(agent));
      Optional<Source> text = stage.step("and a text of this repository", () -> text(agent));
      Optional<String> chosen =
          stage.step(
              "asked where a call would run, it tells",
              () -> offers(agent, Stage.need(functions), Stage.need(text)));
      Optional<Timed> first =
          stage.step(
              "counting words runs where it said",
              () -> count(agent, Stage.need(text), Stage.need(chosen)));
      stage.step(
          "the receipt is signed; a changed one isn't", () -> receipt(agent, Stage.need(first)));
      stage.step(
          "the same call again comes from the cache",
          () -> again(agent, Stage.need(text), Stage.need(first)));
      stage.step("SHA-256 of a file is what this host says", () -> sum(agent));
      Optional<Timed> drawn = stage.step("a picture is drawn", () -> draw(agent));
      new DemoGuests(stage, agent, owner, running).play(text.map(Source::cid));
      stage.step("a runaway is stopped by its limit", () -> runaway(agent));
      stage.step(
          "where the picture came from, a graph tells",
          () -> provenance(agent, Stage.need(functions), Stage.need(drawn)));
    }
  }

  private Map<String, Cid> put(Agent agent) {
    Map<String, Cid> functions = new HashMap<>();
    Rows rows = new Rows();
    for (String name : NAMES) {
      FunctionFile put = FunctionFile.put(agent, root.resolve("examples/" + name + ".yaml"), false);
      FunctionCommand.bind(agent, name, put);
      Told ref = agent.kept("ref.get", Item.table().put("name", name).build());
      Stage.require(
          ref.maybeLink("function").equals(Optional.of(put.function())),
          name + " doesn't name what was put");
      functions.put(name, put.function());
      rows.add(name, put.function(), put.descriptor().pure() ? "pure" : "");
    }
    stage.say(rows.text());
    stage.outcome(String.join(", ", NAMES));
    return functions;
  }

  private Source text(Agent agent) {
    Path file =
        TEXTS.stream()
            .map(root::resolve)
            .filter(Files::isRegularFile)
            .findFirst()
            .orElseThrow(() -> Failure.agent("none of " + TEXTS + " is there"));
    Source text = Source.of(file);
    agent.put(text);
    stage.outcome(root.relativize(file) + ", " + Sizes.text(text.size()));
    stage.say(text.cid() + "  " + root.relativize(file));
    return text;
  }

  private String offers(Agent agent, Map<String, Cid> functions, Source text) {
    Told account =
        agent.kept(
            "call.explain",
            ExplainCommand.params(
                Callee.cid(agent.node(), "wordcount"),
                Item.EMPTY,
                new Input.Content(text.cid()),
                Terms.NONE));
    stage.say(ExplainCommand.text(account));
    Told taken =
        ExplainCommand.chosen(account).orElseThrow(() -> Failure.agent("nobody could run it"));
    String chosen = taken.text("target");
    Stage.require(taken.is("able"), chosen + " was chosen, and isn't able");
    Stage.require(!account.is("cached"), "a result is said to be remembered before any run");
    long able = account.list("targets").stream().filter(target -> target.is("able")).count();
    stage.outcome(
        chosen + (able == 1 ? ", the only one able" : ", the cheapest of " + able + " able"));
    stage.say("→ " + functions.get("wordcount") + " would run on " + chosen);
    return chosen;
  }

  private Timed count(Agent agent, Source text, String chosen) throws IOException {
    Timed counted = timed(agent, "wordcount", params("top", "5"), new Input.Content(text.cid()));
    String result = new String(counted.result(), StandardCharsets.UTF_8);
    byte[] bytes = text.opener().open().readAllBytes();
    long lines = 0;
    for (byte each : bytes) {
      lines += each == '\n' ? 1 : 0;
    }
    Stage.require(counted.run().how() == How.RUN, "it wasn't run");
    Stage.require(
        result.contains(lines + " lines") && result.contains(bytes.length + " bytes"),
        "it should have counted " + lines + " lines and " + bytes.length + " bytes");
    Receipt.Body body = counted.run().receipt().body();
    Told why =
        agent.kept(
            "call.explain", Item.table().put("receipt", counted.run().receipt().cid()).build());
    String taken =
        ExplainCommand.chosen(why)
            .orElseThrow(() -> Failure.agent("the account kept with the run names no target"))
            .text("target");
    Stage.require(
        body.target().toString().equals(taken),
        "it ran on " + body.target() + ", and the account kept with the run names " + taken);
    stage.say(result);
    // Offers change while an agent measures its targets: then it is the account that is right.
    stage.outcome(
        result.lines().toList().get(1).strip()
            + " on "
            + taken
            + (taken.equals(chosen) ? "" : ", the cheapest by then"));
    return counted;
  }

  private Receipt receipt(Agent agent, Timed timed) {
    Receipt receipt = timed.run().receipt();
    Receipt.Body body = receipt.body();
    try {
      Stage.require(Run.isSigned(receipt, agent.node()), "its signature isn't the node's");
      Stage.require(
          !Run.isSigned(dearer(receipt), agent.node()), "a changed receipt counts as signed");
    } catch (MalformedException e) {
      throw Failure.agent("not a signature: " + e.getMessage()).because(e);
    }
    Rows rows = new Rows();
    rows.add("receipt", receipt.cid());
    rows.add("key", body.key());
    rows.add("ended", Delivery.words(body.outcome()) + ", on " + body.target());
    rows.add(
        "result",
        body.result().map(result -> result.cid() + ", " + result.size() + " bytes").orElse(""));
    rows.add("purity", body.purity().name().toLowerCase(Locale.ROOT));
    rows.add("isolation", body.isolation().name().toLowerCase(Locale.ROOT));
    rows.add("used", Spans.text(body.use().cpu()) + " of processor, price " + body.price());
    stage.say(rows.text());
    Stage.require(
        body.purity() == Receipt.Purity.ENFORCED, "its purity is said to be " + body.purity());
    stage.outcome("signed by the node; purity " + body.purity().name().toLowerCase(Locale.ROOT));
    return receipt;
  }

  /// The same receipt, at another price.
  private static Receipt dearer(Receipt receipt) throws MalformedException {
    Item.TableBuilder body = Item.table();
    Told.of(receipt.message().slots().getFirst(), "a receipt")
        .table()
        .entries()
        .forEach((key, value) -> {
          if (key instanceof Item.Text(String name)) {
            body.put(name, value);
          }
        });
    body.put("price", receipt.body().price() + 1);
    return Receipt.decode(
        Message.of(Protocols.RECEIPT, body.build(), Item.of(receipt.signature())));
  }

  private Timed again(Agent agent, Source text, Timed first) {
    // As text and as a number, it is the same parameter, so the same key.
    Timed second =
        timed(
            agent, "wordcount", Item.table().put("top", 5).build(), new Input.Content(text.cid()));
    Stage.require(second.run().how() == How.CACHE, "it was " + second.run().how());
    Stage.require(second.run().receipt().equals(first.run().receipt()), "it has another receipt");
    Stage.require(Arrays.equals(second.result(), first.result()), "it has another result");
    double factor = (double) first.took().toNanos() / Math.max(1, second.took().toNanos());
    stage.outcome(
        Spans.text(first.took())
            + " → "
            + Spans.text(second.took())
            + String.format(Locale.ROOT, ", %.0f times as fast", factor));
    return second;
  }

  private String sum(Agent agent) throws IOException {
    Path file = root.resolve("agent/cli/target/grid.jar");
    if (!Files.isRegularFile(file)) {
      file = root.resolve("examples/mandelbrot.wasm");
    }
    Source source = Source.of(file);
    agent.put(source);
    Timed summed = timed(agent, "sha256", Item.EMPTY, new Input.Content(source.cid()));
    String ours = new String(summed.result(), StandardCharsets.UTF_8).strip();
    Theirs theirs = Theirs.of(file);
    Stage.require(
        ours.equals(theirs.sum()),
        "it says " + ours + ", and " + theirs.who() + " " + theirs.sum());
    stage.say(ours + "  " + root.relativize(file) + " (" + Sizes.text(source.size()) + ")");
    stage.outcome("as " + theirs.who() + " says, of " + Sizes.text(source.size()));
    return ours;
  }

  private Timed draw(Agent agent) {
    Item.Table params =
        Item.table()
            .put("width", 640)
            .put("height", 400)
            .put("x", "-0.743643")
            .put("y", "0.131825")
            .put("zoom", "900")
            .put("iterations", 800)
            .build();
    Timed drawn = timed(agent, "mandelbrot", params, Input.none());
    Png png = Png.check(drawn.result());
    Stage.require(png.width() == 640 && png.height() == 400, "it has another size: " + png);
    Delivery.write(picture, to -> copy(drawn.result(), to));
    stage.outcome(picture + ", 640 × 400, " + Sizes.text(drawn.result().length));
    stage.say("written to " + picture.toAbsolutePath());
    return drawn;
  }

  private static void copy(byte[] bytes, OutputStream to) {
    try {
      to.write(bytes);
    } catch (IOException e) {
      throw Failure.output(e);
    }
  }

  private Run runaway(Agent agent) {
    Duration limit = Duration.ofMillis(500);
    Terms terms =
        Terms.builder()
            .nonce(Agent.nonce())
            .limits(
                new Terms.Bounds(
                    Optional.of(limit),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty()))
            .build();
    Run run =
        Run.of(
            agent.send(
                agent.prove(Callee.cid(agent.node(), "spin"), Item.EMPTY, Input.none(), terms)),
            agent.node());
    Receipt.Body body = run.receipt().body();
    Stage.require(
        body.outcome() instanceof Receipt.Ended.Broken broken && broken.what() == Receipt.What.TIME,
        "it ended otherwise: " + Delivery.words(body.outcome()));
    stage.outcome(
        "ended after "
            + Spans.text(body.took())
            + ", where "
            + Spans.text(limit)
            + " were allowed; exit code "
            + Delivery.exit(body.outcome()));
    return run;
  }

  private Told provenance(Agent agent, Map<String, Cid> functions, Timed drawn) {
    Receipt receipt = drawn.run().receipt();
    Cid result = receipt.body().result().orElseThrow().cid();
    Told up = graph(agent, result, "up");
    Stage.require(names(up, receipt.cid()), "nothing leads from the picture to its receipt");
    Told down = graph(agent, receipt.cid(), "down");
    Cid function = Optional.ofNullable(functions.get("mandelbrot")).orElseThrow();
    Stage.require(
        names(down, function) && names(down, receipt.body().code()),
        "the receipt leads to neither its function nor its code");
    stage.say("the picture " + result + " is the result of");
    stage.say(GraphCommand.text(receipt.cid(), down, false));
    stage.outcome("picture ← receipt ← function ← module");
    return down;
  }

  private static Told graph(Agent agent, Cid cid, String direction) {
    return agent.kept(
        "content.graph", Item.table().put("cid", cid).put("direction", direction).build());
  }

  private static boolean names(Told graph, Cid cid) {
    return graph.list("nodes").stream().anyMatch(node -> node.link("cid").equals(cid));
  }

  static Item.Table params(String name, String value) {
    return Item.table().put(name, value).build();
  }

  /// Calls by name; a run that isn't kept is a failure.
  static Timed timed(Agent agent, String name, Item.Table params, Input input) {
    Terms terms = Terms.builder().nonce(Agent.nonce()).build();
    long began = System.nanoTime();
    Run run =
        Run.of(
            agent.send(agent.prove(Callee.cid(agent.node(), name), params, input, terms)),
            agent.node());
    ByteArrayOutputStream result = new ByteArrayOutputStream();
    run.deliver(agent, result);
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    Stage.require(
        run.isKept(), name + " wasn't kept: " + Delivery.words(run.receipt().body().outcome()));
    return new Timed(run, Item.of(result.toByteArray()), took);
  }

  /// What somebody else says of a file.
  ///
  /// @param who says it
  private record Theirs(String who, String sum) {

    /// The host's own tool, if it has one; else the JDK.
    static Theirs of(Path file) throws IOException {
      Optional<Path> tool = AgentProcess.program("sha256sum");
      if (tool.isEmpty()) {
        return new Theirs("the JDK", HexFormat.of().formatHex(Source.of(file).cid().digest()));
      }
      Process process =
          new ProcessBuilder(tool.get().toString(), file.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (var out = process.getInputStream()) {
        String said = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        // A backslash before the sum says that the file's name was escaped.
        String sum = said.replace("\\", "");
        return new Theirs("sha256sum", sum.substring(0, Math.min(64, sum.length())));
      }
    }
  }
}
