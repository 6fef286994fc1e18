package org.promisegrid.kernel.syscall;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.function.Binding;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.function.RefName;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.ledger.Ref;
import org.promisegrid.kernel.ledger.RefBook;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.secret.SecretName;
import org.promisegrid.kernel.stack.Stack;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;

/// `ref.get`, `ref.propose`, `ref.list`, `ref.log`.
public final class RefSyscalls {

  private static final int PAGE = 1000;
  private static final int LONGEST_NAME = 200;

  private final NodeId node;
  private final Access access;
  private final Ledger ledger;

  /// From the comparison with the base to the new head, nobody else moves a ref.
  private final ReentrantLock moving = new ReentrantLock();

  public RefSyscalls(NodeId node, Access access, Ledger ledger) {
    this.node = node;
    this.access = access;
    this.ledger = ledger;
  }

  /// By name.
  public Map<String, Syscall> all() {
    return Map.of(
        "ref.get", Syscall.of("ref.get", RefSyscalls::name, this::get),
        "ref.propose", Syscall.of("ref.propose", Proposal::of, this::propose),
        "ref.list", Syscall.of("ref.list", Page::of, (_, page) -> list(page)),
        "ref.log", Syscall.of("ref.log", Heads::of, (_, heads) -> log(heads)));
  }

  private static RefName name(Fields params) throws MalformedException {
    return new RefName(params.requiredText("name"));
  }

  private Syscall.Kept get(Caller caller, RefName name) throws Refusal {
    Ref ref = ledger.refs().find(name.text()).orElseThrow(Refusal::absent);
    Item.TableBuilder value =
        Item.table()
            .put("name", ref.name())
            .put("ref", ref.identity())
            .put("head", ref.head())
            .put("changed", ref.at().toEpochMilli());
    Optional<Message> head = access.message(ref.head());
    if (head.isPresent() && Binding.isOne(head.get())) {
      Binding binding = binding(head.get());
      value
          .put("function", binding.function())
          .put("binding", ref.head())
          .put("terms", binding.terms().toItem());
      answeredWith(caller, Set.of(ref.head(), binding.function()));
    } else {
      if (head.isPresent() && Descriptor.isOne(head.get())) {
        value.put("function", ref.head());
      }
      answeredWith(caller, Set.of(ref.head()));
    }
    return new Syscall.Kept(value.build());
  }

  /// What a ref shall point to.
  private record Proposal(RefName name, Optional<Cid> base, Cid head) {
    static Proposal of(Fields params) throws MalformedException {
      return new Proposal(
          RefSyscalls.name(params), params.link("base"), params.requiredLink("head"));
    }
  }

  private Syscall.Kept propose(Caller caller, Proposal proposal)
      throws Refusal, InterruptedException {
    try (Holds.Hold hold = access.hold()) {
      hold.add(proposal.head());
      return move(caller, proposal);
    }
  }

  private Syscall.Kept move(Caller caller, Proposal proposal) throws Refusal, InterruptedException {
    RefName name = proposal.name();
    if (name.text().startsWith(Stack.REFS)) {
      throw new Refusal(Reason.REFUSED, "stacks are moved by service.start, stop and remove");
    }
    Optional<Cid> base = proposal.base();
    Cid head = proposal.head();
    access.require(caller, head);
    Optional<Message> message = access.message(head);
    if (message.isPresent() && Binding.isOne(message.get())) {
      // Whoever may call the name will run this function: so the one who binds it must have it.
      Binding binding = binding(message.get());
      access.require(caller, binding.function());
      requireFillings(caller, binding);
    }
    Cid identity = name.cid(node);
    Item moved =
        Item.table().put("name", name.text()).put("ref", identity).put("head", head).build();
    moving.lockInterruptibly();
    try {
      Optional<Ref> there = ledger.refs().find(name.text());
      Optional<Cid> current = there.map(Ref::head);
      boolean same = current.equals(Optional.of(head));
      // The owner's word for what somebody else chose is news: their bindings may ask for more.
      if (same && (there.orElseThrow().byOwner() || !caller.isOwner())) {
        return new Syscall.Kept(moved);
      }
      if (!same && !current.equals(base)) {
        throw new Refusal(
            Reason.CONFLICT,
            name + " has moved",
            Item.table().put("head", current.map(Item::of)).build());
      }
      ledger
          .refs()
          .moved(name.text(), identity, current, head, caller.principal(), caller.isOwner());
    } finally {
      moving.unlock();
    }
    return new Syscall.Kept(moved);
  }

  /// And what it fills slots with: whoever may call the name needs no authority for that.
  private void requireFillings(Caller caller, Binding binding) throws Refusal {
    for (Terms.Fill fill : binding.terms().slots().values()) {
      if (fill instanceof Terms.Fill.Secret(String text)) {
        try {
          if (caller.authority().covers(new SecretName(text).cid(node), Set.of())) {
            continue;
          }
        } catch (IllegalArgumentException e) {
          throw Refusal.invalid(String.valueOf(e.getMessage()));
        }
        throw Refusal.absent();
      }
    }
  }

  /// Which part of the list is asked for.
  private record Page(String prefix, Optional<String> after, int most) {
    static Page of(Fields params) throws MalformedException {
      return new Page(
          bounded(params.text("prefix")).orElse(""),
          bounded(params.text("after")),
          (int) params.number("limit", 1, PAGE).orElse(100));
    }
  }

  private Syscall.Kept list(Page page) {
    int most = page.most();
    List<Ref> refs = ledger.refs().list(page.prefix(), page.after(), most + 1);
    List<Item> lines = new ArrayList<>();
    for (Ref ref : refs.subList(0, Math.min(most, refs.size()))) {
      lines.add(
          Item.table()
              .put("name", ref.name())
              .put("ref", ref.identity())
              .put("head", ref.head())
              .put("changed", ref.at().toEpochMilli())
              .build());
    }
    Item.TableBuilder value = Item.table().put("refs", Item.array(lines));
    if (refs.size() > most) {
      value.put("next", refs.get(most - 1).name());
    }
    return new Syscall.Kept(value.build());
  }

  private static Optional<String> bounded(Optional<String> text) throws MalformedException {
    if (text.isPresent() && text.get().length() > LONGEST_NAME) {
      throw new MalformedException("no name is longer than " + LONGEST_NAME);
    }
    return text;
  }

  /// Whose heads are asked for, and how many.
  private record Heads(RefName name, OptionalLong after, int most) {
    static Heads of(Fields params) throws MalformedException {
      return new Heads(
          RefSyscalls.name(params),
          params.number("after", 0, Long.MAX_VALUE),
          (int) params.number("limit", 1, PAGE).orElse(100));
    }
  }

  private Syscall.Kept log(Heads asked) throws Refusal {
    int most = asked.most();
    List<RefBook.Moved> heads = ledger.refs().log(asked.name().text(), asked.after(), most + 1);
    if (heads.isEmpty() && ledger.refs().find(asked.name().text()).isEmpty()) {
      throw Refusal.absent();
    }
    List<Item> lines = new ArrayList<>();
    for (RefBook.Moved moved : heads.subList(0, Math.min(most, heads.size()))) {
      Ref head = moved.ref();
      lines.add(
          Item.table()
              .put("head", head.head())
              .put("base", head.base().map(Item::of))
              .put("by", head.by())
              .put("at", head.at().toEpochMilli())
              .build());
    }
    Item.TableBuilder value = Item.table().put("entries", Item.array(lines));
    if (heads.size() > most) {
      value.put("next", heads.get(most - 1).offset());
    }
    return new Syscall.Kept(value.build());
  }

  private void answeredWith(Caller caller, Set<Cid> cids) {
    if (!cids.stream().allMatch(cid -> access.mayRead(caller, cid))) {
      ledger.granted(caller.principal(), cids);
    }
  }

  private static Binding binding(Message message) throws Refusal {
    try {
      return Binding.of(message);
    } catch (MalformedException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
  }
}
