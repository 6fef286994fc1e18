package org.promisegrid.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Shows where a call would run, and why.
@Command(
    sortOptions = false,
    description = "Show where a call would run, at what price, and why not elsewhere.",
    footer = {
      "",
      "Nothing is run. Of a receipt's CID it shows the account that was stored with the run."
    })
final class ExplainCommand implements Callable<Integer> {

  private static final double MILLION = 1e6;

  private final Session session;

  @Mixin private CallOptions options = new CallOptions();

  ExplainCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    try (Agent agent = session.agent()) {
      Callee callee = Callee.of(agent, options.function(), options.isPure());
      Input input = options.hasInput() ? options.input(session, agent) : Input.NONE;
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

  /// An account of a dispatch as a table.
  static String text(Told account) {
    Rows rows =
        new Rows("", "target", ">price", ">kept", ">price ÷ kept", "basis", "made of, or why not");
    String chosen = account.maybeText("chosen").orElse("");
    for (Told target : account.list("targets")) {
      String name = target.text("target");
      OptionalLong price = target.maybeNumber("price");
      if (!target.is("able") || price.isEmpty()) {
        rows.add(" ", name, "", "", "", "", "not able: " + target.maybeText("why").orElse("?"));
        continue;
      }
      OptionalLong kept = target.maybeNumber("kept");
      rows.add(
          name.equals(chosen) ? "→" : " ",
          name + (target.is("warm") ? " (warm)" : ""),
          price.getAsLong(),
          kept.isPresent() ? percent(kept.getAsLong()) : "",
          kept.isPresent() && kept.getAsLong() > 0
              ? String.format(Locale.ROOT, "%.0f", price.getAsLong() * MILLION / kept.getAsLong())
              : "",
          target.maybeText("basis").orElse(""),
          parts(target.map("parts")));
    }
    return (account.is("cached") ? "The result is remembered: a call runs nothing.\n" : "")
        + rows.text();
  }

  private static String percent(long millionths) {
    return String.format(Locale.ROOT, "%.1f %%", millionths / 1e4);
  }

  private static String parts(Told parts) {
    List<String> words = new ArrayList<>();
    for (String name : parts.names()) {
      words.add(name + " " + parts.number(name));
    }
    return String.join(", ", words);
  }
}
