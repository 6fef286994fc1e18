package org.promisegrid.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.text.Plain;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.kernel.message.Item;

/// Plays steps one after the other, each of which checks itself, shows how it goes, and in the end
/// tells which did what they say.
final class Stage {

  private static final int TITLE = 60;

  private final Session session;
  private final List<Played> played = new ArrayList<>();
  private final List<String> details = new ArrayList<>();
  private String outcome = "";

  /// A step that was played.
  private record Played(String title, boolean good, String outcome, Duration took) {}

  /// Something that either does what its title says or fails.
  @FunctionalInterface
  interface Step<T> {
    T play() throws IOException;
  }

  Stage(Session session) {
    this.session = session;
  }

  /// Plays one step. Its outcome is empty if it didn't do what it says.
  <T> Optional<T> step(String title, Step<T> step) {
    details.clear();
    outcome = "";
    progress(title);
    long began = System.nanoTime();
    try {
      T result = step.play();
      end(title, true, began);
      return Optional.of(result);
    } catch (IOException | RuntimeException e) {
      outcome = e.getMessage() == null ? e.toString() : e.getMessage();
      end(title, false, began);
      return Optional.empty();
    }
  }

  private void end(String title, boolean good, long began) {
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    played.add(new Played(title, good, Plain.line(outcome), took));
    if (session.isJson()) {
      return;
    }
    session.print(session.outIsTerminal() ? "\r\u001b[K" : "");
    session.line(String.format("%s %-" + TITLE + "s %8s", mark(good), title, Spans.text(took)));
    if (!good) {
      say(outcome);
    }
    details.forEach(line -> session.line("    " + Plain.line(line)));
    session.flush();
  }

  private void progress(String title) {
    if (!session.isJson() && session.outIsTerminal()) {
      session.print("… " + title);
      session.flush();
    }
  }

  private String mark(boolean good) {
    if (!session.outIsTerminal()) {
      return good ? "✓" : "✗";
    }
    return good ? "\u001b[32m✓\u001b[0m" : "\u001b[31m✗\u001b[0m";
  }

  /// Shows lines below the step that is played.
  void say(String lines) {
    lines.lines().forEach(details::add);
  }

  /// What came out of the step that is played, for the table.
  void outcome(String words) {
    outcome = words;
  }

  /// What a step is owed by an earlier one.
  static <T> T need(Optional<T> earlier) {
    return earlier.orElseThrow(
        () -> Failure.of(Failure.Kind.NO, "demo", "not played: an earlier step failed"));
  }

  /// What a step says of itself must hold.
  static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw Failure.of(Failure.Kind.NO, "demo", otherwise);
    }
  }

  /// Tells which steps did what they say; 0 if all did.
  int close() {
    boolean all = played.stream().allMatch(Played::good);
    if (session.isJson()) {
      session.print(org.promisegrid.kernel.message.Json.pretty(item(all)));
      return all ? 0 : Failure.Kind.NO.exit();
    }
    Rows rows = new Rows("", "step", "what came of it", ">took");
    for (Played each : played) {
      rows.add(
          each.good() ? "✓" : "✗",
          each.title(),
          Plain.shorten(each.outcome(), 52),
          Spans.text(each.took()));
    }
    session.line("");
    session.print(rows.text());
    session.line("");
    long bad = played.stream().filter(each -> !each.good()).count();
    session.line(
        all
            ? "All " + played.size() + " steps did what they say."
            : bad + " of " + played.size() + " steps did NOT do what they say.");
    return all ? 0 : Failure.Kind.NO.exit();
  }

  private Item item(boolean all) {
    List<Item> steps = new ArrayList<>();
    for (Played each : played) {
      steps.add(
          Item.table()
              .put("step", each.title())
              .put("good", each.good())
              .put("outcome", each.outcome())
              .put("took", each.took().toNanos() / 1000)
              .build());
    }
    return Item.table().put("good", all).put("steps", Item.array(steps)).build();
  }
}
