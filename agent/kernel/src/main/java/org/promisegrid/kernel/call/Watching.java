package org.promisegrid.kernel.call;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.ledger.CallRecord;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.sandbox.Cid;

/// Reads along with the runs that a call waits for, and tells how the call ended. Of one thread.
final class Watching implements Follow.EventStream {

  private final Cid call;
  private final Optional<Unanswered> unanswered;
  private final Output.Place from;
  private final Calls calls;
  private final Ledger ledger;
  private final InstantSource clock;

  /// What is read now.
  private Unanswered.@Nullable Leg leg;

  private Output.@Nullable Watcher watcher;
  private int legs;

  /// What was shown so far is void: to be told next.
  private OptionalInt anew = OptionalInt.empty();

  private long events;
  private boolean over;

  /// @param unanswered the call, if it has no answer yet
  /// @param from how far what it writes was read already
  Watching(
      Cid call,
      Optional<Unanswered> unanswered,
      Output.Place from,
      Calls calls,
      Ledger ledger,
      InstantSource clock) {
    this.call = call;
    this.unanswered = unanswered;
    this.from = from;
    this.calls = calls;
    this.ledger = ledger;
    this.clock = clock;
    // What runs now is held, so that nothing of it is missed however late the first look is.
    unanswered.flatMap(Unanswered::leg).ifPresent(this::follow);
  }

  @Override
  public Follow.Next next(Duration atMost) throws InterruptedException {
    if (over) {
      return new Follow.Next.Over();
    }
    if (unanswered.isEmpty()) {
      return ended(Optional.empty());
    }
    while (true) {
      if (anew.isPresent()) {
        int run = anew.getAsInt();
        anew = OptionalInt.empty();
        return again(run);
      }
      Output.Watcher reading = watcher;
      Unanswered.Leg read = leg;
      if (reading == null || read == null) {
        switch (unanswered.get().next(legs, atMost)) {
          case Unanswered.Next.Quiet _ -> {
            return new Follow.Next.Quiet();
          }
          case Unanswered.Next.Over(Optional<Payload> answer) -> {
            return ended(answer);
          }
          case Unanswered.Next.Boarded(Unanswered.Leg boarded) -> follow(boarded);
        }
        continue;
      }
      try {
        switch (reading.next(atMost)) {
          case Output.Seen.Result(long at, Item.Bytes bytes) -> {
            return came("output", Item.table().put("at", at).put("bytes", bytes));
          }
          case Output.Seen.Log(long at, Item.Bytes bytes) -> {
            return came("log", Item.table().put("at", at).put("bytes", bytes));
          }
          case Output.Seen.Bringing(String far) -> {
            return came("bringing", Item.table().put("far", far));
          }
          case Output.Seen.Again(int run) -> {
            return again(read.before() + run);
          }
          case Output.Seen.Quiet _ -> {
            return new Follow.Next.Quiet();
          }
          case Output.Seen.Over _ -> close();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private void follow(Unanswered.Leg boarded) {
    Output.Place place;
    if (legs > 0 || from.run() < boarded.before()) {
      anew = OptionalInt.of(boarded.before());
      place = Output.Place.BEGIN;
    } else {
      place = new Output.Place(from.run() - boarded.before(), from.output(), from.log());
    }
    leg = boarded;
    legs = boarded.number();
    watcher = boarded.flight().output().watcher(place);
  }

  private Follow.Next ended(Optional<Payload> answer) {
    over = true;
    Optional<CallRecord> record = ledger.calls().find(call);
    Optional<Cid> receipt = record.flatMap(CallRecord::end).map(CallRecord.End::receipt);
    Item.TableBuilder detail = Item.table();
    if (receipt.isPresent()) {
      detail.put("receipt", receipt.get());
    } else {
      answer
          .or(() -> record.flatMap(this::answered))
          .ifPresent(payload -> detail.put("reason", reason(payload)));
    }
    return came("ended", detail);
  }

  private Optional<Payload> answered(CallRecord record) {
    try {
      return calls.ended(record);
    } catch (Refusal refusal) {
      return Optional.of(refusal.payload());
    }
  }

  private Follow.Next again(int run) {
    return came("again", Item.table().put("run", run));
  }

  private Follow.Next came(String kind, Item.TableBuilder detail) {
    return new Follow.Next.Came(new Event(events++, clock.instant(), kind, detail.build()));
  }

  @Override
  public void close() {
    Output.Watcher reading = watcher;
    watcher = null;
    if (reading != null) {
      reading.close();
    }
  }

  private static String reason(Payload payload) {
    return switch (payload) {
      case Payload.NotPromised notPromised -> notPromised.reason().code();
      case Payload.Revoked _ -> "revoked";
      case Payload.Broken _, Payload.Kept _, Payload.Receipted _, Payload.Promised _ -> "broken";
    };
  }
}
