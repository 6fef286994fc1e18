package org.promisegrid.kernel.ledger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Table;
import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Limits;

/// Calls that were taken on, and what became of them; results by their keys.
public final class CallBook {

  private final Index index;
  private final Recording recording;

  CallBook(Index index, Recording recording) {
    this.index = index;
    this.recording = recording;
  }

  /// A call goes on without its caller, who asks for it by its name.
  public void taken(Cid call, Cid function, String by, Instant came) {
    recording.append(
        Entry.Kind.TAKEN,
        Item.table()
            .put("call", call)
            .put("function", function)
            .put("by", by)
            .put("came", came.toEpochMilli()));
  }

  /// A call that was taken on came to no receipt.
  ///
  /// @param payload of its answer
  public void nothing(Cid call, Cid function, String by, Instant came, byte[] payload) {
    recording.append(
        Entry.Kind.NOTHING,
        Item.table()
            .put("call", call)
            .put("function", function)
            .put("by", by)
            .put("came", came.toEpochMilli())
            .put("payload", payload));
  }

  /// A run begins that must not be repeated if the agent is killed before its end.
  ///
  /// @param lost the receipt that it has then
  /// @param limits for whoever takes it up
  public void begun(
      Cid call,
      Cid identity,
      Cid function,
      String by,
      Instant came,
      Instant until,
      Cid lost,
      Limits limits) {
    recording.append(
        Entry.Kind.BEGUN,
        Item.table()
            .put("call", call)
            .put("identity", identity)
            .put("function", function)
            .put("by", by)
            .put("came", came.toEpochMilli())
            .put("until", until.toEpochMilli())
            .put("lost", lost)
            .put("limits", RunLimits.item(limits)));
  }

  /// A call whose run isn't repeated came again by another name: its signature ends later, and
  /// until then it is the same call.
  ///
  /// @param call whose receipt answers it
  /// @param same its own name
  public void same(Cid identity, Cid call, Cid same, Instant until) {
    recording.append(
        Entry.Kind.SAME,
        Item.table()
            .put("identity", identity)
            .put("call", call)
            .put("same", same)
            .put("until", until.toEpochMilli()));
  }

  /// A run that was said to begin came to nothing before its workload did.
  public void undone(Cid call, Cid identity) {
    recording.append(Entry.Kind.UNDONE, Item.table().put("call", call).put("identity", identity));
  }

  /// Ends a call whose run began and isn't under way any more.
  ///
  /// @return the receipt that it has now
  public Cid lost(CallRecord began) {
    Cid receipt =
        began
            .lost()
            .orElseThrow(() -> new IllegalStateException("no run of it began: " + began.call()));
    ended(
        new Answered(
            began.call(),
            began.by(),
            began.function(),
            receipt,
            Answer.How.RUN,
            began.came(),
            Optional.empty(),
            began.at(),
            Set.of(receipt),
            Reach.HERE),
        Optional.empty(),
        List.of());
    return receipt;
  }

  /// Calls that were taken on or whose runs began, and that have no end.
  public List<CallRecord> begun() {
    List<CallRecord> begun = new ArrayList<>();
    index.scan(
        Table.CALLS,
        Keys.open(),
        (key, _) -> {
          find(Keys.call(key)).ifPresent(begun::add);
          return true;
        });
    return begun;
  }

  /// A run ended for the call that began it.
  ///
  /// @param key under which its result is remembered; absent if it isn't
  /// @param hidden what the result links to and the caller may not read: a function can write any
  ///   link, and those give nobody anything
  public void ended(Answered answered, Optional<Cid> key, Collection<Cid> hidden) {
    Item.TableBuilder detail = answered.toItem().put("key", key.map(Item::of));
    Hidden.write(detail, hidden);
    recording.append(Entry.Kind.ENDED, detail);
  }

  /// A call was answered by another's run.
  public void answered(Answered answered) {
    recording.append(Entry.Kind.ANSWERED, answered.toItem());
  }

  /// Two kept runs of one key gave different results; both are remembered.
  public void disagreed(Cid key, Cid receipt, Cid other) {
    recording.append(
        Entry.Kind.DISAGREED,
        Item.table().put("key", key).put("receipt", receipt).put("other", other));
  }

  /// The receipt under which the result of a pure function is remembered.
  public Optional<Cid> result(Cid key) {
    return index.get(Table.RECEIPTS, key.bytes()).map(Cid::fromBytes);
  }

  /// A call that was taken on.
  public Optional<CallRecord> find(Cid call) {
    return index.get(Table.CALLS, Keys.call(call)).map(CallRecord::decode);
  }

  /// The call that was taken on last with this identity, if any that came with it is still
  /// remembered at `now`.
  public Optional<CallRecord> sameCall(Cid identity, Instant now) {
    List<CallRecord> same = new ArrayList<>();
    came(
        identity,
        (call, until) -> {
          if (now.isBefore(until)) {
            find(call).ifPresent(same::add);
          }
        });
    return same.stream().max(Comparator.comparingLong(CallRecord::offset));
  }

  /// Until when any call that came with this identity is remembered; empty if none ever came.
  public Optional<Instant> remembered(Cid identity) {
    List<Instant> ends = new ArrayList<>();
    came(identity, (_, until) -> ends.add(until));
    return ends.stream().max(Comparator.naturalOrder());
  }

  private void came(Cid identity, BiConsumer<Cid, Instant> visitor) {
    index.scan(
        Table.CALLS,
        Keys.identity(identity),
        (_, row) -> {
          Rows.fields(
              row,
              table -> {
                visitor.accept(table.requiredLink("call"), Rows.time(table, "until"));
                return true;
              });
          return true;
        });
  }

  /// Calls that a principal made, or anybody, newest first.
  ///
  /// @param by empty for anybody
  /// @param before only calls older than the one at this offset
  public List<CallRecord> list(Optional<String> by, OptionalLong before, int most) {
    List<CallRecord> calls = new ArrayList<>();
    byte[] prefix = Keys.by(by.orElse(Keys.ANYBODY));
    index.scan(
        Table.CALLS,
        prefix,
        before.isPresent() ? Keys.by(by.orElse(Keys.ANYBODY), before.getAsLong() - 1) : prefix,
        (key, row) -> {
          // A call that began and ended has two entries; it is listed by the later one.
          find(Cid.fromBytes(row))
              .filter(call -> call.offset() == Keys.offset(key))
              .ifPresent(calls::add);
          return calls.size() < most;
        });
    return calls;
  }
}
