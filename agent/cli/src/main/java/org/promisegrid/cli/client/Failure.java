package org.promisegrid.cli.client;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.Item;

/// Why a command ends other than well, as one sentence for a person, and what could be done about
/// it.
public final class Failure extends RuntimeException {

  private static final long serialVersionUID = 1;

  /// What kind of failure it is, which decides how the process ends.
  public enum Kind {
    /// The agent said no: absent, a conflict, not covered by the token.
    NO(1),
    /// The command was given something that it can't use.
    USAGE(2),
    /// What it writes can't be written: no room, no permission, no such folder.
    OUTPUT(74),
    /// A run crossed a limit.
    LIMIT(124),
    /// Nothing was promised for a call; or there is no agent, or it fails, or lies.
    AGENT(125),
    /// Contact with a run was lost: it may have ended, or not.
    LOST(126),
    /// Whoever read the output has left: as a shell reports SIGPIPE, 128 + 13.
    PIPE(141);

    private final int exit;

    Kind(int exit) {
      this.exit = exit;
    }

    /// With which code the process ends.
    public int exit() {
      return exit;
    }
  }

  private final Kind kind;
  private final String reason;
  private final @Nullable String hint;
  private final transient Item.Table more;

  private Failure(
      Kind kind,
      String reason,
      String message,
      @Nullable String hint,
      Item.Table more,
      @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.reason = reason;
    this.hint = hint;
    this.more = more;
  }

  /// The command was used wrongly.
  public static Failure usage(String message) {
    return new Failure(Kind.USAGE, "usage", message, null, Item.EMPTY, null);
  }

  /// The agent, or the way to it, is at fault.
  public static Failure agent(String message) {
    return new Failure(Kind.AGENT, "agent", message, null, Item.EMPTY, null);
  }

  /// What the command writes can't be written.
  public static Failure output(IOException e) {
    String why = String.valueOf(e.getMessage());
    Kind kind = why.contains("Broken pipe") ? Kind.PIPE : Kind.OUTPUT;
    return new Failure(kind, "output", "can't write: " + why, null, Item.EMPTY, e);
  }

  /// A file can't be written.
  ///
  /// @param what couldn't be done, to what: `can't write /some/file`
  public static Failure output(String what, IOException e) {
    return new Failure(Kind.OUTPUT, "output", what + ": " + why(e), null, Item.EMPTY, e);
  }

  /// Java says no more than the name of the file where one is missing, or may not be touched.
  private static String why(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "there is no such folder";
      case AccessDeniedException _ -> "permission denied";
      case FileSystemException file when file.getReason() != null -> file.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }

  /// A failure of the given kind.
  ///
  /// @param reason a word for programs, as in an answer
  public static Failure of(Kind kind, String reason, String message) {
    return new Failure(kind, reason, message, null, Item.EMPTY, null);
  }

  /// The same, with what it came from.
  public Failure because(Throwable cause) {
    return new Failure(kind, reason, message(), hint, more, cause);
  }

  /// The same, with what the person could do.
  public Failure hint(String advice) {
    return new Failure(kind, reason, message(), advice, more, getCause());
  }

  /// The same, of another kind.
  public Failure as(Kind other) {
    return new Failure(other, reason, message(), hint, more, getCause());
  }

  /// The same, with what else the agent told.
  public Failure more(Item.Table told) {
    return new Failure(kind, reason, message(), hint, told, getCause());
  }

  public Kind kind() {
    return kind;
  }

  /// A word for programs: the reason of the agent's answer, or `usage`, `agent`, …
  public String reason() {
    return reason;
  }

  /// The sentence.
  public String message() {
    return String.valueOf(getMessage());
  }

  /// What the person could do.
  public Optional<String> hint() {
    return Optional.ofNullable(hint);
  }

  /// All of it, for programs.
  public Item.Table toItem() {
    Item.TableBuilder table = Item.table();
    more.entries()
        .forEach((key, value) -> {
          if (key instanceof Item.Text(String name)) {
            table.put(name, value);
          }
        });
    table.put("error", reason).put("detail", message()).put("exit", kind.exit());
    return table.put("hint", hint().map(Item::of)).build();
  }
}
