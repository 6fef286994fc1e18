package org.promisegrid.cli;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;

/// The commands, in the order in which help lists them.
enum Commands {
  DEMO(true),
  UP(true),
  DOWN(true),
  STATUS(true),
  CALL(true),
  EXPLAIN(true),
  AWAIT(true),
  WATCH(true),
  CANCEL(true),
  CALLS(true),
  FUNCTION(true),
  IMAGE(true),
  TOKEN(true),
  KEY(true),
  SECRET(true),
  SERVICE(true),
  PS(true),
  LOGS(true),
  EXEC(true),
  STATS(true),
  EVENTS(true),
  DF(true),
  GC(true),
  PIN(true),
  BACKUP(true),
  RESTORE(true),
  DOCTOR(true),
  CERT(true),
  CONFIG(true),
  PUT(false),
  GET(false),
  CID(false),
  TREE(false),
  GRAPH(false),
  DECODE(false),
  REF(false),
  AUDIT(false),
  COMPLETION(false),
  MANUAL(false),
  HELP(false);

  private final boolean everyday;

  Commands(boolean everyday) {
    this.everyday = everyday;
  }

  private Object make(Session session) {
    return switch (this) {
      case DEMO -> new DemoCommand(session);
      case UP -> new UpCommand(session);
      case DOWN -> new DownCommand(session);
      case STATUS -> new StatusCommand(session);
      case CALL -> new CallCommand(session);
      case EXPLAIN -> new ExplainCommand(session);
      case AWAIT -> new AwaitCommand(session);
      case WATCH -> new WatchCommand(session);
      case CANCEL -> new CancelCommand(session);
      case CALLS -> new CallsCommand(session);
      case FUNCTION -> new FunctionCommand(session);
      case IMAGE -> new ImageCommand(session);
      case TOKEN -> new TokenCommand(session);
      case KEY -> new KeyCommand(session);
      case SECRET -> new SecretCommand(session);
      case SERVICE -> new ServiceCommand(session);
      case PS -> new ServiceListCommand(session);
      case LOGS -> new ServiceLogsCommand(session);
      case EXEC -> new ServiceExecCommand(session);
      case STATS -> new ServiceStatsCommand(session);
      case EVENTS -> new EventsCommand(session);
      case DF -> new DfCommand(session);
      case GC -> new GcCommand(session);
      case PIN -> new PinCommand(session);
      case BACKUP -> new BackupCommand(session);
      case RESTORE -> new RestoreCommand(session);
      case DOCTOR -> new DoctorCommand(session);
      case CERT -> new CertCommand(session);
      case CONFIG -> new ConfigCommand(session);
      case PUT -> new PutCommand(session);
      case GET -> new GetCommand(session);
      case CID -> new CidCommand(session);
      case TREE -> new TreeCommand(session);
      case GRAPH -> new GraphCommand(session);
      case DECODE -> new DecodeCommand(session);
      case REF -> new RefCommand(session);
      case AUDIT -> new AuditCommand(session);
      case COMPLETION -> new CompletionCommand(session);
      case MANUAL -> new ManualCommand(session);
      case HELP -> new HelpCommand(session);
    };
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
    // These tell of all the others.
    boolean all = named.map(EnumSet.of(HELP, COMPLETION, MANUAL)::contains).orElse(true);
    for (Commands each : values()) {
      if (all || each == named.get()) {
        CommandLine command = new CommandLine(each.make(session));
        if (each == TOKEN) {
          command.addSubcommand("issue", new TokenIssueCommand(session));
        }
        if (each == SERVICE) {
          command
              .addSubcommand("start", new ServiceStartCommand(session))
              .addSubcommand("ls", new ServiceListCommand(session))
              .addSubcommand("logs", new ServiceLogsCommand(session))
              .addSubcommand("exec", new ServiceExecCommand(session))
              .addSubcommand("stats", new ServiceStatsCommand(session));
        }
        line.addSubcommand(each.word(), command);
      }
    }
  }
}
