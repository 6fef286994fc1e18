package org.promisegrid.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Run;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.cli.text.PlainStream;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Answer.How;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Receipt.Ended;
import picocli.CommandLine.Option;

/// Hands a run's result over as a program would: result on the standard output, log on the standard
/// error, exit code as its own.
record Delivery(Session session, Agent agent, Where where) {

  /// Where results go, as options.
  static final class Where {

    @Option(
        names = "--out",
        paramLabel = "FILE",
        description = "Write the result there (default: -, the standard output).")
    private Optional<Path> out = Optional.empty();

    @Option(
        names = "--receipt",
        paramLabel = "FILE",
        description = "Write the signed receipt there, besides.")
    private Optional<Path> receipt = Optional.empty();

    @Option(
        names = "--raw",
        description = "To a terminal, too, write the result as it is: a terminal may obey it.")
    private boolean raw;

    /// Whether anything was said about it.
    boolean isGiven() {
      return out.isPresent() || receipt.isPresent() || raw;
    }
  }

  /// As a shell reports SIGINT: 128 + 2.
  static final int CANCELLED = 130;

  /// As a shell reports SIGABRT: 128 + 6.
  static final int CRASHED = 134;

  /// Delivers, and returns how the process shall end.
  int deliver(Run run) {
    Optional<Path> out = where.out.filter(file -> !isStandard(file));
    if (where.receipt.filter(Delivery::isStandard).isPresent()
        || (session.isJson() && out.isEmpty() && where.out.isPresent())) {
      throw Failure.usage("two things can't both go to the standard output");
    }
    where.receipt.ifPresent(file -> write(file, to -> copy(run, to)));
    if (session.isJson()) {
      out.ifPresent(file -> write(file, to -> run.deliver(agent, to)));
      session.print(Json.pretty(describe(run)));
    } else {
      session.log(run.receipt().body().log().value());
      if (out.isPresent()) {
        write(out.get(), to -> run.deliver(agent, to));
      } else {
        show(session, where.raw, to -> run.deliver(agent, to));
        session.flush();
      }
      complain(run);
    }
    run.receipt()
        .body()
        .differs()
        .ifPresent(other ->
            session
                .err()
                .println(
                    "grid: this run gave another result than the one remembered, of receipt "
                        + other));
    session.note(Plain.line(summary(run)));
    return exit(run.receipt().body().outcome());
  }

  /// Whether a file is the standard output, as programs name it.
  static boolean isStandard(Path file) {
    return file.toString().equals("-");
  }

  /// Writes bytes of others to the standard output.
  ///
  /// @param raw as they are, also where a terminal would obey them
  static void show(Session session, boolean raw, Consumer<OutputStream> writer) {
    OutputStream to = session.foreign(raw);
    writer.accept(to);
    if (to instanceof PlainStream shown) {
      try {
        shown.close();
      } catch (IOException e) {
        throw Failure.output(e);
      }
    }
  }

  /// How the process ends for a run that ended so.
  static int exit(Ended ended) {
    return switch (ended) {
      case Ended.Kept kept -> kept.code().orElse(0) & 0xff;
      case Ended.Broken broken ->
          switch (broken.what()) {
            case EXIT -> broken.code().orElse(1) & 0xff;
            case TIME, MEMORY, OUTPUT -> Failure.Kind.LIMIT.exit();
            case FAULT -> CRASHED;
            case CANCELLED, STOPPED -> CANCELLED;
            case LOST -> Failure.Kind.LOST.exit();
          };
    };
  }

  /// How a run ended, in words.
  static String words(Ended ended) {
    return switch (ended) {
      case Ended.Kept kept ->
          kept.code().orElse(0) == 0 ? "kept" : "kept, exit code " + kept.code().getAsInt();
      case Ended.Broken broken ->
          switch (broken.what()) {
                case EXIT -> "exit code " + broken.code().orElse(1);
                case TIME -> "stopped: it crossed its time limit";
                case MEMORY -> "stopped: it crossed its memory limit";
                case OUTPUT -> "stopped: it crossed its output limit";
                case FAULT -> "crashed";
                case CANCELLED -> "cancelled";
                case STOPPED -> "stopped";
                case LOST -> "lost: it may have run to its end, or not";
              }
              + broken.why().map(why -> " (" + why + ")").orElse("");
    };
  }

  /// One line about a run.
  static String summary(Run run) {
    Receipt.Body body = run.receipt().body();
    return words(body.outcome())
        + " in "
        + Spans.text(body.took())
        + " on "
        + body.target()
        + (run.how() == How.RUN ? "" : " (" + run.how().name().toLowerCase(Locale.ROOT) + ")")
        + ", receipt "
        + run.receipt().cid();
  }

  /// A run for programs: the receipt's fields, and how it came.
  static Item.Table describe(Run run) {
    Item.TableBuilder table = Item.table();
    if (run.receipt().message().slots().getFirst() instanceof Item.Table body) {
      body.entries()
          .forEach((key, value) -> {
            if (key instanceof Item.Text(String name)) {
              table.put(name, value);
            }
          });
    }
    return table
        .put("call", run.call())
        .put("receipt", run.receipt().cid())
        .put("how", run.how().name().toLowerCase(Locale.ROOT))
        .put("exit", exit(run.receipt().body().outcome()))
        .build();
  }

  private void complain(Run run) {
    if (run.receipt().body().outcome() instanceof Ended.Broken broken
        && broken.what() != Receipt.What.EXIT) {
      session.err().println("grid: " + Plain.line(words(broken)));
    }
  }

  private static void copy(Run run, OutputStream to) {
    try {
      to.write(run.receipt().message().bytes());
    } catch (IOException e) {
      throw Failure.output(e);
    }
  }

  /// Writes a file whole or not at all. Where a link leads, there it is written; a file that is
  /// replaced gives its mode to the new one.
  static void write(Path file, Consumer<OutputStream> writer) {
    try {
      boolean there = Files.exists(file);
      Path target = there ? file.toRealPath() : file.toAbsolutePath();
      if (there && !Files.isRegularFile(target)) {
        // A device or a pipe is written to as it is.
        try (OutputStream to = Files.newOutputStream(target)) {
          writer.accept(to);
        }
        return;
      }
      Path unfinished = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
      try {
        try (OutputStream to =
            new BufferedOutputStream(
                Files.newOutputStream(
                    unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE))) {
          if (there) {
            Files.setPosixFilePermissions(unfinished, Files.getPosixFilePermissions(target));
          }
          writer.accept(to);
        }
        Files.move(unfinished, target, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(unfinished);
      }
    } catch (IOException e) {
      throw Failure.output("can't write " + file, e);
    }
  }
}
