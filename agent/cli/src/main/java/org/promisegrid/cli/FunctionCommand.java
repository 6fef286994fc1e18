package org.promisegrid.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Source;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.kernel.function.Binding;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.function.Parameter;
import org.promisegrid.kernel.function.RefName;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Functions: put, show, list.
@Command(
    synopsisSubcommandLabel = "COMMAND",
    description = "Functions: put one, show one, list those with a name.")
final class FunctionCommand {

  private final Session session;

  FunctionCommand(Session session) {
    this.session = session;
  }

  @Command(
      name = "put",
      description =
          "Put what a function file (.yaml) describes, a module (.wasm) or an image (.tar).")
  int put(
      @Parameters(paramLabel = "FILE") Path file,
      @Option(names = "--name", paramLabel = "NAME", description = "Name it so.")
          @Nullable String name,
      @Option(names = "--pure", description = "A bare module or image is pure.") boolean pure) {
    checkName(name);
    try (Agent agent = session.agent()) {
      FunctionFile put = FunctionFile.put(agent, file, pure);
      Item.TableBuilder told = Item.table().put("function", put.function());
      if (name != null) {
        Cid head = bind(agent, name, put);
        told.put("name", name).put("head", head);
      }
      return session.answer(told.build(), () -> put.function() + "\n");
    }
  }

  private static void checkName(@Nullable String name) {
    try {
      if (name != null) {
        new RefName(name);
      }
    } catch (IllegalArgumentException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
  }

  /// Makes a name point to a function with its terms, and returns what it points to.
  static Cid bind(Agent agent, String name, FunctionFile put) {
    Cid head = put.function();
    if (!put.terms().equals(Terms.NONE)) {
      Binding binding = new Binding(put.function(), put.terms());
      agent.put(Source.of(binding.message().bytes()));
      head = binding.cid();
    }
    RefCommand.propose(agent, name, RefCommand.head(agent, name), head);
    return head;
  }

  @Command(name = "show", description = "Show what a function takes, gives and is made of.")
  int show(@Parameters(paramLabel = "NAME|CID") String named) {
    try (Agent agent = session.agent()) {
      Optional<Cid> cid = Callee.parse(named);
      Cid head =
          cid.isPresent()
              ? cid.get()
              : agent.kept("ref.get", Item.table().put("name", named).build()).link("head");
      Message message = message(agent, head);
      Terms terms = Terms.NONE;
      Cid function = head;
      if (Binding.isOne(message)) {
        Binding binding = Binding.of(message);
        terms = binding.terms();
        function = binding.function();
        message = message(agent, function);
      }
      Descriptor descriptor = Descriptor.of(message);
      Item.Table told =
          Item.table()
              .put("function", function)
              .put("descriptor", descriptor.table())
              .put("terms", terms.toItem())
              .build();
      Terms bound = terms;
      Cid name = function;
      return session.answer(told, () -> text(name, descriptor, bound));
    } catch (MalformedException e) {
      throw Failure.of(
              Failure.Kind.NO, "malformed", named + " names no function: " + e.getMessage())
          .because(e);
    }
  }

  private static Message message(Agent agent, Cid cid) throws MalformedException {
    return Message.decode(agent.get(cid, Descriptor.MAX_SIZE));
  }

  private static String text(Cid function, Descriptor descriptor, Terms terms) {
    Rows facts = new Rows();
    facts.add("function", function);
    facts.add("pure", descriptor.pure() ? "yes" : descriptor.idempotent() ? "idempotent" : "no");
    if (!descriptor.accepts().isEmpty()) {
      facts.add("accepts", String.join(", ", descriptor.accepts()));
    }
    descriptor.returns().ifPresent(type -> facts.add("returns", type));
    if (!descriptor.kept().equals(Descriptor.KEPT)) {
      facts.add("kept", "exit codes " + descriptor.kept());
    }
    for (Form form : descriptor.forms()) {
      facts.add("form", form.kind() + " " + form.code() + attributes(form));
    }
    facts.add("argv", String.join(" ", descriptor.argv().elements()));
    if (!terms.equals(Terms.NONE)) {
      facts.add("terms", Json.write(terms.toItem()));
    }
    Rows parameters = new Rows("parameter", "type", "default", "about");
    for (Parameter each : descriptor.parameters().list()) {
      Item.Table schema = each.schema().table();
      parameters.add(
          each.name(),
          type(schema),
          each.schema().defaultValue().map(Json::write).orElse("must be given"),
          each.schema().description());
    }
    return facts.text() + (parameters.isEmpty() ? "" : "\n" + parameters.text());
  }

  private static String attributes(Form form) {
    return form.attributes().isEmpty() ? "" : " " + form.attributes();
  }

  /// What a schema says of the values, in a few words.
  private static String type(Item.Table schema) {
    List<String> words = new ArrayList<>();
    schema
        .entries()
        .forEach((key, value) -> {
          if (key instanceof Item.Text(String name)
              && !name.equals("default")
              && !name.equals("description")) {
            words.add(
                value instanceof Item.Text(String text) && name.equals("type")
                    ? text
                    : name + " " + Json.write(value));
          }
        });
    words.sort((a, b) -> Boolean.compare(a.indexOf(' ') >= 0, b.indexOf(' ') >= 0));
    return Plain.shorten(String.join(", ", words), 60);
  }

  @Command(name = "ls", description = "List the names there are.")
  int list(@Parameters(paramLabel = "PREFIX", arity = "0..1") @Nullable String prefix) {
    try (Agent agent = session.agent()) {
      List<Item> functions = new ArrayList<>();
      Rows rows = new Rows("name", "function", "pure", "parameters");
      Item.Table all = RefCommand.list(agent, Optional.ofNullable(prefix), new Rows(), session);
      for (Told ref : new Told(all, "ref.list").list("refs")) {
        describe(agent, ref.text("name"))
            .ifPresent(found -> {
              functions.add(
                  Item.table()
                      .put("name", ref.text("name"))
                      .put("function", found.cid())
                      .put("descriptor", found.table())
                      .build());
              rows.add(
                  ref.text("name"),
                  found.cid(),
                  found.pure() ? "yes" : "no",
                  String.join(
                      " ", found.parameters().list().stream().map(Parameter::name).toList()));
            });
      }
      return session.answer(
          Item.table().put("functions", Item.array(functions)).build(), rows::text);
    }
  }

  /// The function that a name points to, if it points to one.
  private static Optional<Descriptor> describe(Agent agent, String name) {
    Told kept = agent.kept("ref.get", Item.table().put("name", name).build());
    Optional<Cid> function = kept.maybeLink("function");
    if (function.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Descriptor.of(message(agent, function.get())));
    } catch (MalformedException e) {
      throw Failure.agent("the agent says that " + name + " is a function: " + e.getMessage())
          .because(e);
    }
  }
}
