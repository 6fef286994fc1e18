package org.promisegrid.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Shows where a call would run, and why.
@Command(
    sortOptions = false,
    description = "Show where a call would run, at what price, and why not elsewhere.",
    footer = {"", "Nothing is run."})
final class ExplainCommand implements Callable<Integer> {

  private final Session session;

  @Mixin private CallOptions options = new CallOptions();

  ExplainCommand(Session session) {
    this.session = session;
  }

  @Option(
      names = "--receipt",
      paramLabel = "CID",
      description = "Show the account that was stored with that receipt's run.")
  private Optional<Cid> receipt = Optional.empty();

  @Override
  public Integer call() {
    try (Agent agent = session.agent()) {
      if (receipt.isPresent()) {
        Told account =
            agent.kept("call.explain", Item.table().put("receipt", receipt.get()).build());
        return session.answer(account.table(), () -> text(account));
      }
      Callee callee = Callee.of(agent, options.function(), options.isPure());
      Input input = options.hasInput() ? options.input(session, agent) : Input.none();
      Terms terms = options.terms().over(callee.terms());
      Told account =
          agent.kept("call.explain", params(callee.function(), options.params(), input, terms));
      return session.answer(account.table(), () -> text(account));
    }
  }

  /// What `call.explain` is asked.
  static Item.Table params(Cid function, Item.Table params, Input input, Terms terms) {
    Item.TableBuilder table =
        Item.table().put("function", function).put("params", params).put("terms", terms.toItem());
    if (!(input instanceof Input.None)) {
      table.put("input", input.toItem());
    }
    return table.build();
  }

  /// The one of an account's targets that would be taken, or was.
  static Optional<Told> chosen(Told account) {
    OptionalLong index = account.maybeNumber("chosen");
    List<Told> targets = account.list("targets");
    return index.isPresent() && index.getAsLong() >= 0 && index.getAsLong() < targets.size()
        ? Optional.of(targets.get((int) index.getAsLong()))
        : Optional.empty();
  }

  /// An account of a dispatch as a table.
  static String text(Told account) {
    Rows rows =
        new Rows(
            "", "target", "form", ">price", ">kept", ">expected", "basis", "made of, or why not");
    Optional<Told> chosen = chosen(account);
    for (Told target : account.list("targets")) {
      String mark = chosen.equals(Optional.of(target)) ? "→" : "";
      String name = target.text("target") + (target.is("warm") ? " (warm)" : "");
      String why =
          target.is("able")
              ? parts(target.map("parts"))
              : target.maybeText("obstacle").orElse("not able")
                  + target.maybeText("why").map(words -> ": " + words).orElse("");
      rows.add(
          mark,
          name,
          target.maybeText("form").orElse(""),
          number(target.maybeNumber("price")),
          percent(target.maybeNumber("kept")),
          number(target.maybeNumber("expected")),
          target.maybeText("basis").orElse(""),
          why);
    }
    StringBuilder text = new StringBuilder();
    if (account.is("cached")) {
      text.append("The result is remembered: a call runs nothing.\n");
    }
    text.append(rows.text());
    for (Told tried : account.list("tried")) {
      text.append("tried before: ").append(Plain.line(tried.text("target"))).append(", ");
      text.append(Plain.line(tried.maybeText("why").orElse(""))).append('\n');
    }
    return text.toString();
  }

  private static String number(OptionalLong number) {
    return number.isPresent() ? String.valueOf(number.getAsLong()) : "";
  }

  private static String percent(OptionalLong millionths) {
    return millionths.isPresent()
        ? String.format(Locale.ROOT, "%.1f %%", millionths.getAsLong() / 1e4)
        : "";
  }

  private static String parts(Told parts) {
    List<String> words = new ArrayList<>();
    for (String name : parts.names()) {
      words.add(name + " " + parts.number(name));
    }
    return String.join(", ", words);
  }
}
