package org.promisegrid.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine;

/// The commands, in the order in which help lists them.
enum Commands {
  DEMO(true, DemoCommand::new),
  UP(true, UpCommand::new),
  DOWN(true, DownCommand::new),
  STATUS(true, StatusCommand::new),
  CALL(true, CallCommand::new),
  EXPLAIN(true, ExplainCommand::new),
  AWAIT(true, AwaitCommand::new),
  CANCEL(true, CancelCommand::new),
  CALLS(true, CallsCommand::new),
  FUNCTION(true, FunctionCommand::new),
  TOKEN(true, TokenCommand::new),
  KEY(true, KeyCommand::new),
  EVENTS(true, EventsCommand::new),
  PUT(false, PutCommand::new),
  GET(false, GetCommand::new),
  CID(false, CidCommand::new),
  TREE(false, TreeCommand::new),
  GRAPH(false, GraphCommand::new),
  DECODE(false, DecodeCommand::new),
  REF(false, RefCommand::new),
  COMPLETION(false, CompletionCommand::new),
  HELP(false, HelpCommand::new);

  private final boolean everyday;
  private final Function<Session, Object> maker;

  Commands(boolean everyday, Function<Session, Object> maker) {
    this.everyday = everyday;
    this.maker = maker;
  }

  /// As it is typed.
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether it is one of those that people use every day.
  boolean isEveryday() {
    return everyday;
  }

  /// Adds the command that `first` names; all, where it names none.
  static void add(CommandLine line, Session session, Optional<String> first) {
    Optional<Commands> named =
        first.flatMap(
            word -> Arrays.stream(values()).filter(each -> each.word().equals(word)).findFirst());
    boolean all = named.isEmpty() || named.get() == HELP || named.get() == COMPLETION;
    for (Commands each : values()) {
      if (all || each == named.get()) {
        line.addSubcommand(each.word(), each.maker.apply(session));
        if (each == TOKEN) {
          line.getSubcommands()
              .get(each.word())
              .addSubcommand("issue", new TokenIssueCommand(session));
        }
      }
    }
  }
}
