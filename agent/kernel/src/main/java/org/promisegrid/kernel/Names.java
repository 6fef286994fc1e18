package org.promisegrid.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.kernel.call.Functions;
import org.promisegrid.kernel.index.Readers;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.ledger.Ref;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.token.Authority;
import org.promisegrid.kernel.token.Claims;
import org.promisegrid.kernel.token.Token;
import org.promisegrid.sandbox.Cid;

/// What a chain names to its holder: the functions that all its links allow, what refs among them
/// lead to, and the values that it binds; and what is reached from there.
///
/// A link hands on only what its issuer may read: nobody gets to read anything by naming it in a
/// token of their own, nor what is behind it. What is the owner's to give, or the node's, isn't
/// asked about. Of one call; what it finds out of the chain is remembered. Safe for many threads.
final class Names {

  private final Functions functions;
  private final Readers readers;
  private final Ledger ledger;

  /// Root first.
  private final List<Claims> chain = new ArrayList<>();

  private final Map<Cid, Lead> leads = new HashMap<>();
  private final Map<Range, Set<Cid>> named = new HashMap<>();

  /// How many links at the root's end leave everything allowed: their holders are owners.
  private final int owners;

  Names(Authority authority, Functions functions, Readers readers, Ledger ledger) {
    this.functions = functions;
    this.readers = readers;
    this.ledger = ledger;
    for (Token token : authority.tokens().reversed()) {
      chain.add(token.claims());
    }
    int all = 0;
    while (all < chain.size() && isUnattenuated(chain.get(all))) {
      all++;
    }
    this.owners = all;
  }

  private static boolean isUnattenuated(Claims claims) {
    return claims.functions().isEmpty()
        && claims.bound().isEmpty()
        && claims.policy().conditions().isEmpty()
        && claims.use().isEmpty();
  }

  /// Where a name leads: to itself, and if it is a ref's, to its head and the function behind.
  private record Lead(Optional<Cid> function, Set<Cid> all) {}

  /// A link, and the last of those that have a say in what it names.
  private record Range(int at, int last) {}

  /// Whether the chain names `cid`, or something from which it is reached.
  synchronized boolean lead(Cid cid) {
    return leadAt(chain.size() - 1, cid, new HashMap<>());
  }

  /// Whether the links down to `last` do.
  ///
  /// @param found what was found out of `cid` already: without it, this would double with each link
  private boolean leadAt(int last, Cid cid, Map<Integer, Boolean> found) {
    Boolean before = found.get(last);
    if (before != null) {
      return before;
    }
    boolean leads = false;
    for (int at = 0; at <= last && !leads; at++) {
      Set<Cid> named = named(at, last);
      leads = !named.isEmpty() && readers.reaches(named, cid) && mayIssue(at, cid, found);
    }
    found.put(last, leads);
    return leads;
  }

  /// Whether the issuer of a link may hand on `cid`.
  private boolean mayIssue(int at, Cid cid, Map<Integer, Boolean> found) {
    return at <= owners
        || readers.isGranted(chain.get(at).issuer().toString(), cid)
        || leadAt(at - 1, cid, found);
  }

  /// What the link `at` names, as far as the links down to `last` allow it.
  private Set<Cid> named(int at, int last) {
    return named.computeIfAbsent(new Range(at, last), this::find);
  }

  private Set<Cid> find(Range range) {
    Claims link = chain.get(range.at());
    Set<Cid> all = new HashSet<>();
    for (Cid name : link.functions().orElse(Set.of())) {
      Lead lead = leads.computeIfAbsent(name, this::follow);
      if (allowed(name, lead, range.last())) {
        all.addAll(lead.all());
      }
    }
    link.bound().values().forEach(value -> Caller.links(value, all));
    return all;
  }

  private boolean allowed(Cid name, Lead lead, int last) {
    return chain.subList(0, last + 1).stream()
        .map(Claims::functions)
        .allMatch(allowed ->
            allowed.isEmpty()
                || allowed.get().contains(name)
                || lead.function().filter(allowed.get()::contains).isPresent());
  }

  private Lead follow(Cid name) {
    Set<Cid> all = new HashSet<>(Set.of(name));
    Optional<Cid> function = Optional.empty();
    try {
      ledger.refs().find(name).map(Ref::head).ifPresent(all::add);
      function = functions.find(name).map(Functions.Found::function);
      function.ifPresent(all::add);
      return new Lead(function, all);
    } catch (Refusal e) {
      // The name leads to no function: to be told to whoever calls it, not here.
      return new Lead(function, all);
    }
  }
}
