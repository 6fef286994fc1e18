package org.promisegrid.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Source;
import org.promisegrid.cli.function.Quantity;
import org.promisegrid.cli.text.Values;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Isolation;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What a call is made of, as options: shared by the commands that call and explain.
final class CallOptions {

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "FUNCTION",
      description = "A name, a CID, ./x.wasm, ./image.tar, or a function file (.yaml).")
  private String function = "";

  @Parameters(
      index = "1..*",
      paramLabel = "ARG",
      description = "After --: arguments of a bare module or image, or for the parameter 'args'.")
  private List<String> arguments = new ArrayList<>();

  @Option(
      names = {"-p", "--param"},
      paramLabel = "NAME=TEXT|NAME:=JSON",
      description = "A parameter.")
  private List<String> parameters = new ArrayList<>();

  @Option(
      names = {"-i", "--input"},
      paramLabel = "FILE|CID|-",
      description = "What it reads (default: the standard input, unless that is a terminal).")
  private Optional<String> input = Optional.empty();

  @Option(
      names = "--pure",
      description = "A bare module or image is pure: its results are remembered.")
  private boolean pure;

  @Option(
      names = "--nonce",
      paramLabel = "HEX",
      description = "16 bytes that make this call the same as another one (default: random).")
  private Optional<String> nonce = Optional.empty();

  @Option(names = "--refresh", description = "Run, even if a result is remembered, and compare.")
  private boolean refresh;

  @Option(names = "--only-cached", description = "Don't run: only a remembered result will do.")
  private boolean onlyCached;

  @Option(names = "--within", paramLabel = "5s", description = "How long to wait at most.")
  private Optional<Duration> within = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "time=5s,memory=64MiB",
      split = ",",
      hideParamSyntax = true,
      description =
          "The most that the run may use: time, memory, output, log. An agent has bounds of its own"
              + " (its options grid.limits.time and grid.limits.output) and refuses what is beyond.")
  private List<String> limits = new ArrayList<>();

  @Option(
      names = "--place",
      paramLabel = "driver=wasm,LABEL=VALUE",
      split = ",",
      hideParamSyntax = true,
      description = "Where it may run.")
  private List<String> place = new ArrayList<>();

  @Option(names = "--secret", paramLabel = "SLOT=NAME", description = "Fill a slot with a secret.")
  private List<String> secrets = new ArrayList<>();

  @Option(
      names = "--isolation",
      paramLabel = "any|sandbox|kernel",
      description = "How well it must be cut off from the host (default: sandbox).")
  private Optional<Isolation> isolation = Optional.empty();

  @Option(
      names = "--price",
      paramLabel = "MICROS",
      description = "The most that it may cost, in micro-units of the node's credit.")
  private Optional<Long> price = Optional.empty();

  String function() {
    if (function.isEmpty()) {
      throw Failure.usage(
          "which function? A name, a CID, ./x.wasm, ./image.tar or a function file");
    }
    return function;
  }

  /// Whether what it reads was named.
  boolean hasInput() {
    return input.isPresent();
  }

  boolean isPure() {
    return pure;
  }

  /// The parameters, as typed.
  Item.Table params() {
    try {
      Map<String, Item> values = new LinkedHashMap<>(Values.assignments(parameters));
      if (!arguments.isEmpty()
          && values.put(Callee.ARGUMENTS, Item.array(arguments.stream().map(Item::of).toList()))
              != null) {
        throw Failure.usage("'" + Callee.ARGUMENTS + "' is given twice: by -p and after --");
      }
      return Item.table(values);
    } catch (IllegalArgumentException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
  }

  /// What the call reads; what is too long to travel in it is put.
  Input input(Session session, Agent agent) {
    if (input.isEmpty() && session.inIsTerminal()) {
      return Input.none();
    }
    String named = input.orElse("-");
    Optional<Cid> cid = Callee.parse(named);
    if (cid.isPresent()) {
      return new Input.Content(cid.get());
    }
    Source source = named.equals("-") ? standard(session) : Source.of(Path.of(named));
    if (!source.isShort()) {
      agent.put(source);
    }
    return source.input();
  }

  private static Source standard(Session session) {
    try {
      return Source.spool(session.in());
    } catch (IOException e) {
      throw Failure.usage("can't read the standard input: " + e.getMessage()).because(e);
    }
  }

  /// How the call shall be done.
  Terms terms() {
    try {
      Terms.Builder terms = Terms.builder();
      if (refresh && onlyCached) {
        throw Failure.usage("--refresh and --only-cached contradict each other");
      }
      // A nonce is no part of a key: it does a pure function no harm, and others need it.
      terms.nonce(nonce.map(CallOptions::hex).orElseGet(Agent::nonce));
      within.ifPresent(terms::within);
      isolation.ifPresent(terms::isolation);
      price.ifPresent(terms::price);
      if (refresh) {
        terms.cache(Terms.Cache.REFRESH);
      }
      if (onlyCached) {
        terms.cache(Terms.Cache.ONLY);
      }
      terms.limits(bounds(pairs(limits, "--limit")));
      place(terms, place);
      pairs(secrets, "--secret")
          .forEach((slot, name) -> terms.slot(slot, new Terms.Fill.Secret(name)));
      return terms.build();
    } catch (IllegalArgumentException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
  }

  private static byte[] hex(String text) {
    try {
      return HexFormat.of().parseHex(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--nonce is 32 hexadecimal digits", e);
    }
  }

  /// Where something may be done.
  ///
  /// @throws IllegalArgumentException if a label is named twice
  static void place(Terms.Builder terms, List<String> place) {
    List<String> drivers = new ArrayList<>();
    Map<String, String> labels = new LinkedHashMap<>();
    for (String each : place) {
      Map.Entry<String, String> pair = pair(each, "--place");
      if (pair.getKey().equals("driver")) {
        drivers.add(pair.getValue());
      } else if (labels.put(pair.getKey(), pair.getValue()) != null) {
        throw new IllegalArgumentException("--place names '" + pair.getKey() + "' twice");
      }
    }
    terms.place(drivers, labels);
  }

  /// Limits, by name.
  ///
  /// @throws IllegalArgumentException if one is none
  static Terms.Bounds bounds(Map<String, String> limits) {
    Map<String, String> left = new LinkedHashMap<>(limits);
    Optional<Duration> time = Optional.ofNullable(left.remove("time")).map(Quantity::time);
    OptionalLong memory = size(left.remove("memory"));
    OptionalLong output = size(left.remove("output"));
    OptionalLong log = size(left.remove("log"));
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no limit '"
              + left.keySet().iterator().next()
              + "': there are time, memory, output and log");
    }
    return new Terms.Bounds(time, memory, output, log);
  }

  private static OptionalLong size(@Nullable String text) {
    return text == null ? OptionalLong.empty() : OptionalLong.of(Quantity.size(text));
  }

  /// What stands before and behind the first equals sign of each.
  ///
  /// @throws IllegalArgumentException if there is none, or something is named twice
  static Map<String, String> pairs(List<String> texts, String option) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String text : texts) {
      Map.Entry<String, String> pair = pair(text, option);
      if (pairs.put(pair.getKey(), pair.getValue()) != null) {
        throw new IllegalArgumentException(option + " names '" + pair.getKey() + "' twice");
      }
    }
    return pairs;
  }

  private static Map.Entry<String, String> pair(String text, String option) {
    int at = text.indexOf('=');
    if (at < 1) {
      throw new IllegalArgumentException(option + " takes NAME=VALUE, not '" + text + "'");
    }
    return Map.entry(text.substring(0, at), text.substring(at + 1));
  }
}
