package org.promisegrid.kernel.call;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.function.InvalidException;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.CallKey;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Access;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.token.Authority;
import org.promisegrid.kernel.token.CallView;
import org.promisegrid.kernel.token.Verdict;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;

/// Checks a call of a user function down to the last detail, so that what comes after only has to
/// answer it: coverage, parameters, conditions, what it may name, terms.
final class Preparation {

  /// How long a call is remembered whose proof has no end.
  private static final Duration REMEMBERED = Duration.ofHours(1);

  private final Functions functions;
  private final Access access;
  private final Slots slots;
  private final ContentStore content;
  private final InstantSource clock;
  private final Ceiling ceiling;

  Preparation(
      Functions functions,
      Access access,
      Slots slots,
      ContentStore content,
      InstantSource clock,
      Ceiling ceiling) {
    this.ceiling = ceiling;
    this.functions = functions;
    this.access = access;
    this.slots = slots;
    this.content = content;
    this.clock = clock;
  }

  /// A call as a user function is called: what is asked for, and how.
  ///
  /// @param fresh whether no other call has its nonce
  record Asked(Cid name, Item.Table params, Input input, Terms terms, boolean fresh) {
    static Asked of(Call call, boolean fresh) {
      return new Asked(call.function(), call.params(), call.input(), call.terms(), fresh);
    }
  }

  /// Checks what `caller` asks for.
  ///
  /// @param hold keeps what the call names, until it is answered
  Wanted check(Caller caller, Asked asked, Holds.Hold hold) throws Refusal {
    Authority authority = caller.authority();
    Functions.Found found = find(authority, asked.name());
    if (!authority.covers(found.function(), found.refs())) {
      throw Refusal.absent();
    }
    hold.add(found.function());
    if (!access.isHere(found.function())) {
      throw Refusal.absent(); // it was collected just now
    }
    Terms terms = asked.terms().over(found.defaults());
    requireBuilt(asked, terms);
    Terms held =
        ceiling.hold(terms, caller.isOwner(), found.byOwner() ? found.defaults() : Terms.NONE);
    Descriptor descriptor = found.descriptor();
    Item.Table params;
    List<String> arguments;
    try {
      params = descriptor.parameters().coerce(asked.params(), Item.table(authority.bound()));
      arguments = descriptor.argv().arguments(descriptor.parameters(), params);
    } catch (InvalidException e) {
      throw e.isBound()
          ? new Refusal(Reason.REFUSED, String.valueOf(e.getMessage()))
          : Refusal.invalid(e.path(), e.expected(), String.valueOf(e.getMessage()));
    }
    // Bound values are compared as the token has them: coercion found them equal already.
    Item.Table seen = authority.withBound(without(params, authority.bound().keySet()));
    Cid input = asked.input().name().orElseThrow();
    Optional<Verdict.Refusal> refusal =
        authority.refusal(
            new CallView(found.function(), found.refs(), seen, input, terms.toItem()));
    if (refusal.isPresent()) {
      throw Refusal.of(refusal.get());
    }
    Set<Cid> named = new HashSet<>(Set.of(input));
    Caller.links(params, named);
    hold.addAll(named);
    // What a caller names, they must be able to read; so must they what their token binds: for them
    // it names what its issuer could read. Coerced, since a text may stand for a link.
    access.requireAll(caller, params);
    requireCode(caller, descriptor);
    if (asked.input() instanceof Input.Content(Cid cid)) {
      access.require(caller, cid);
    }
    Map<String, Filling> filled =
        slots.fill(descriptor.slots(), terms, asked.terms().slots().keySet(), authority);
    if (!descriptor.pure() && terms.nonce().isEmpty()) {
      throw Refusal.invalid("a function that isn't pure is called with a nonce");
    }
    if (terms.cache().equals(Optional.of(Terms.Cache.REFRESH)) && terms.nonce().isEmpty()) {
      throw Refusal.invalid("cache: refresh goes with a nonce");
    }
    Instant now = clock.instant();
    return new Wanted(
        caller.call(),
        caller,
        found.function(),
        descriptor,
        arguments,
        params,
        filled,
        new Wanted.Given(
            input,
            asked.input() instanceof Input.Inline(Item.Bytes bytes)
                ? Optional.of(bytes)
                : Optional.empty()),
        held,
        caller.isOwner()
            || (found.byOwner() && found.defaults().isolation().equals(Optional.of(Isolation.ANY))),
        CallKey.of(found.function(), params, input),
        terms
            .nonce()
            .filter(_ -> !(asked.fresh() && sharesRuns(descriptor, terms)))
            .map(nonce -> identity(authority, asked.name(), nonce)),
        now,
        caller.until().orElse(now.plus(REMEMBERED)),
        terms.within().map(now::plus));
  }

  /// What is wrong with a function is told to those only who may call it.
  private Functions.Found find(Authority authority, Cid name) throws Refusal {
    try {
      return functions.find(name).orElseThrow(Refusal::absent);
    } catch (Refusal e) {
      throw authority.covers(name, Set.of(name)) ? e : Refusal.absent();
    }
  }

  /// Anybody can put a descriptor that names code they may not read; running it would be reading
  /// it. Code that isn't here at all is for the drivers to miss.
  private void requireCode(Caller caller, Descriptor descriptor) throws Refusal {
    if (caller.authority().tokens().stream()
        .allMatch(token -> token.claims().functions().isEmpty())) {
      return; // a root for every function: the node lets its holder run them all
    }
    for (Form form : descriptor.forms()) {
      if (!access.mayRead(caller, form.code()) && content.has(form.code())) {
        throw Refusal.absent();
      }
    }
  }

  /// Whether calls of one key are answered by one run. For such a call it needn't be remembered
  /// what makes another the same, if none can be.
  private static boolean sharesRuns(Descriptor descriptor, Terms terms) {
    return descriptor.pure() && !terms.cache().equals(Optional.of(Terms.Cache.REFRESH));
  }

  /// The same issuer's token, for the same audience, the same function and nonce: the same call.
  private static Cid identity(Authority authority, Cid name, Item.Bytes nonce) {
    return Cid.of(
        Cbor.encode(
            Item.array(
                Item.of(authority.leaf().claims().issuer().toString()),
                Item.of(authority.principal().toString()),
                Item.of(name),
                nonce)));
  }

  private static Item.Table without(Item.Table params, Set<String> names) {
    Item.TableBuilder rest = Item.table();
    params
        .entries()
        .forEach((key, value) -> {
          if (key instanceof Item.Text(String name) && !names.contains(name)) {
            rest.put(name, value);
          }
        });
    return rest.build();
  }

  /// Terms and inputs whose part isn't built are refused, never left out.
  private static void requireBuilt(Asked asked, Terms terms) throws Refusal {
    Set<String> missing = new HashSet<>();
    if (terms.hops().isPresent()) {
      missing.add("hops");
    }
    if (terms.reply().isPresent()) {
      missing.add("reply");
    }
    if (asked.input() instanceof Input.Pending || namesPending(asked.params())) {
      missing.add("the result of another call");
    }
    if (!missing.isEmpty()) {
      throw Refusal.unsupported(
          "this node doesn't do that yet: "
              + String.join(", ", missing.stream().sorted().toList()));
    }
  }

  private static boolean namesPending(Item item) {
    return switch (item) {
      case Item.Table table ->
          (table.entries().size() == 1 && table.get("ok").orElse(null) instanceof Item.Link)
              || table.entries().values().stream().anyMatch(Preparation::namesPending);
      case Item.Array array -> array.items().stream().anyMatch(Preparation::namesPending);
      default -> false;
    };
  }
}
