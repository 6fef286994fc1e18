package org.promisegrid.kernel.token;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// What somebody wants to let somebody else do; an [Issuer] makes a token of it.
public record Grant(
    Optional<Did> audience,
    Optional<Set<Cid>> functions,
    Map<String, Item> bound,
    Policy policy,
    Optional<Use> use,
    Optional<Instant> from,
    Optional<Instant> until) {

  public Grant {
    functions = functions.map(Set::copyOf);
    bound = Map.copyOf(bound);
  }

  /// A grant to the holder of a key: of every function, until functions are named.
  public static Grant to(Did audience) {
    return new Grant(
        Optional.of(audience),
        Optional.empty(),
        Map.of(),
        Policy.NONE,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /// A grant to whoever holds the token, until it ends.
  public static Grant bearer(Instant until) {
    return new Grant(
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        Policy.NONE,
        Optional.empty(),
        Optional.empty(),
        Optional.of(until));
  }

  /// Names functions, or refs, that may be called.
  public Grant may(Cid... more) {
    Set<Cid> all = new LinkedHashSet<>(functions.orElse(Set.of()));
    all.addAll(List.of(more));
    return new Grant(audience, Optional.of(all), bound, policy, use, from, until);
  }

  /// Fixes a parameter, to a value as the function's schema has it.
  public Grant bind(String parameter, Item value) {
    Map<String, Item> all = new LinkedHashMap<>(bound);
    all.put(parameter, value);
    return new Grant(audience, functions, all, policy, use, from, until);
  }

  /// Asks for something more of each call.
  public Grant when(Condition condition) {
    Policy stricter = policy.and(new Policy(List.of(condition)));
    return new Grant(audience, functions, bound, stricter, use, from, until);
  }

  /// Limits how often.
  public Grant at(Use most) {
    return new Grant(audience, functions, bound, policy, Optional.of(most), from, until);
  }

  /// Begins later than now.
  public Grant from(Instant beginning) {
    return new Grant(audience, functions, bound, policy, use, Optional.of(beginning), until);
  }

  /// Ends.
  public Grant until(Instant end) {
    return new Grant(audience, functions, bound, policy, use, from, Optional.of(end));
  }
}
