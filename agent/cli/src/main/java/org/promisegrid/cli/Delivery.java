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
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Answer.How;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Receipt.Ended;

/// Hands a run's result over as a program would: result on the standard output, log on the standard
/// error, exit code as its own.
///
/// @param out where the result goes instead
/// @param receipt where the receipt goes, besides
record Delivery(Session session, Agent agent, Optional<Path> out, Optional<Path> receipt) {

  /// As a shell reports SIGINT: 128 + 2.
  static final int CANCELLED = 130;

  /// As a shell reports SIGABRT: 128 + 6.
  static final int CRASHED = 134;

  /// Delivers, and returns how the process shall end.
  int deliver(Run run) {
    receipt.ifPresent(file -> write(file, to -> copy(run, to)));
    if (session.isJson()) {
      out.ifPresent(file -> write(file, to -> run.deliver(agent, to)));
      session.print(Json.pretty(describe(run)));
    } else {
      session.log(run.receipt().body().log().value());
      if (out.isPresent()) {
        write(out.get(), to -> run.deliver(agent, to));
      } else {
        run.deliver(agent, session.out());
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
      throw Failure.usage("can't write " + file + ": " + e.getMessage()).because(e);
    }
  }
}
