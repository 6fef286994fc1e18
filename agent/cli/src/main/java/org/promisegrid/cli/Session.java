package org.promisegrid.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Credential;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.client.Trust;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.cli.text.PlainStream;
import org.promisegrid.cli.text.Progress;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// One use of the command line: its streams and what holds for every command.
final class Session {

  /// How answers are written.
  enum Format {
    TEXT,
    JSON
  }

  @Option(
      names = "--home",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      hidden = true,
      description = "The data folder (else GRID_HOME, else the one of this user).")
  private Optional<Path> home = Optional.empty();

  @Option(
      names = "--on",
      paramLabel = "URL|SOCKET",
      scope = ScopeType.INHERIT,
      hidden = true,
      description = "The agent to speak to (else GRID_HOST, else the one of the data folder).")
  private Optional<String> on = Optional.empty();

  @Option(
      names = "--token",
      paramLabel = "FILE|TEXT",
      scope = ScopeType.INHERIT,
      hidden = true,
      description = "The token to use (else GRID_TOKEN, else the owner's).")
  private Optional<String> token = Optional.empty();

  @Option(
      names = "--key",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      hidden = true,
      description = "The key that the token is for, where it isn't in the data folder.")
  private Optional<Path> key = Optional.empty();

  @Option(
      names = "--cacert",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      hidden = true,
      description =
          "Certificates (PEM) to trust for https, and no others (else GRID_CACERT, else the"
              + " system's).")
  private Optional<Path> authorities = Optional.empty();

  @Option(
      names = {"-o", "--format"},
      paramLabel = "json|text",
      scope = ScopeType.INHERIT,
      hidden = true,
      description = "How to write answers (default: text).")
  private Format format = Format.TEXT;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      hidden = true,
      description = "Say more, on the standard error.")
  private boolean verbose;

  private final InputStream in;
  private final OutputStream out;
  private final PrintStream text;
  private final PrintStream err;
  private final Map<String, String> environment;
  private final String terminals;

  /// @param terminals the digits of those of the three standard streams that are a terminal
  Session(
      InputStream in,
      OutputStream out,
      OutputStream err,
      Map<String, String> environment,
      String terminals) {
    this.in = in;
    this.out = out;
    this.text = new PrintStream(out, false, StandardCharsets.UTF_8);
    this.err = new PrintStream(err, true, StandardCharsets.UTF_8);
    this.environment = Map.copyOf(environment);
    this.terminals = terminals;
  }

  /// That of this process. The launcher tells which streams are terminals.
  static Session ofProcess() {
    return new Session(
        new FileInputStream(FileDescriptor.in),
        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 64 << 10),
        new FileOutputStream(FileDescriptor.err),
        System.getenv(),
        System.getProperty("grid.terminals", ""));
  }

  InputStream in() {
    return in;
  }

  /// For bytes; whoever writes text uses [#print].
  OutputStream out() {
    return out;
  }

  /// For bytes of others. A terminal would obey some of them, so it gets text, unless they are
  /// asked for as they are.
  OutputStream foreign(boolean raw) {
    return outIsTerminal() && !raw ? new PlainStream(out) : out;
  }

  PrintStream err() {
    return err;
  }

  Map<String, String> environment() {
    return environment;
  }

  boolean inIsTerminal() {
    return terminals.indexOf('0') >= 0;
  }

  boolean outIsTerminal() {
    return terminals.indexOf('1') >= 0;
  }

  boolean errIsTerminal() {
    return terminals.indexOf('2') >= 0;
  }

  /// Shows how far something is, if a person looks on.
  ///
  /// @param size of all, in bytes; 0 where nobody knows, less where nothing is to be shown
  Progress progress(String what, long size) {
    boolean shown = errIsTerminal() && size >= 0;
    return new Progress(shown ? Optional.of(err) : Optional.empty(), what, size);
  }

  boolean isVerbose() {
    return verbose;
  }

  boolean isJson() {
    return format == Format.JSON;
  }

  ZoneId zone() {
    return ZoneId.systemDefault();
  }

  HomeFolder home() {
    return HomeFolder.of(home, environment);
  }

  /// Whether a data folder was named on the command line.
  boolean isHomeGiven() {
    return home.isPresent();
  }

  /// What the caller may do: the token given, else the owner's.
  Credential credential() {
    Optional<String> given = token.or(() -> variable("GRID_TOKEN"));
    if (given.isPresent()) {
      return Credential.given(given.get(), key, home());
    }
    if (address().isPresent() && !Files.exists(home().rootToken())) {
      throw Failure.agent("no token for the agent at " + address().get())
          .hint(
              "give one by --token; its owner issues it with"
                  + " `grid token issue --function NAME --bearer --until 1h`");
    }
    return Credential.owner(home());
  }

  /// The key that the token given is for, if it was named.
  Optional<Path> keyFile() {
    return key;
  }

  /// The agent to speak to; the caller closes.
  Agent agent() {
    return agent(credential());
  }

  /// The same, as somebody else; the caller closes.
  Agent agent(Credential as) {
    if (authorities.isPresent() && !address().orElse("").startsWith("https://")) {
      throw Failure.usage("--cacert is for an agent at https://…, named by --on or GRID_HOST");
    }
    return Agent.reach(
        home(),
        address(),
        Trust.of(authorities.or(() -> variable("GRID_CACERT").map(Path::of))),
        as);
  }

  private Optional<String> address() {
    return on.or(() -> variable("GRID_HOST"));
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
  }

  /// Writes text as it is.
  void print(String words) {
    text.print(words);
  }

  /// Writes a line.
  void line(String words) {
    text.print(words + "\n");
  }

  /// Writes an answer: as JSON if that is asked for, else as the text that `words` makes.
  int answer(Item item, Supplier<String> words) {
    print(isJson() ? Json.pretty(item) : words.get());
    return 0;
  }

  /// Passes on what a workload wrote to its log: as it is, unless it is a terminal that would read
  /// it, and obey.
  void log(byte[] bytes) {
    if (errIsTerminal()) {
      err.print(Plain.lines(new String(bytes, StandardCharsets.UTF_8)));
    } else {
      err.write(bytes, 0, bytes.length);
    }
    err.flush();
  }

  /// Says that an answer isn't all there is. No list ends early without it.
  ///
  /// @param why it ends, and what to do about it
  void more(String why) {
    flush();
    err.println("grid: there is more: " + why);
  }

  /// Says something beside the answer, to whoever asked for more.
  void note(String words) {
    if (verbose) {
      err.println("grid: " + words);
    }
  }

  /// Writes what is still held back.
  ///
  /// @throws Failure if nobody can take it
  void flush() {
    text.flush();
    try {
      out.flush();
    } catch (IOException e) {
      throw Failure.output(e);
    }
  }
}
