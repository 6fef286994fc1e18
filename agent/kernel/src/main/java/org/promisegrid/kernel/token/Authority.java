package org.promisegrid.kernel.token;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// What a sound chain lets its holder do: what *all* of its links allow together. A link can say
/// more than those above it, and it changes nothing.
///
/// It holds no verdict on time, revocation or uses: those are asked for at each use.
public final class Authority {

  private final List<Token> tokens;
  private final List<Cid> links;
  private final Optional<Instant> from;
  private final Optional<Instant> until;
  private final Map<String, Item> bound;
  private final Policy policy;
  private final List<Uses.Limited> limits;

  private Authority(
      List<Token> tokens,
      Optional<Instant> from,
      Optional<Instant> until,
      Map<String, Item> bound,
      Policy policy,
      List<Uses.Limited> limits) {
    this.tokens = List.copyOf(tokens);
    this.links = tokens.stream().map(Token::cid).toList();
    this.from = from;
    this.until = until;
    this.bound = Collections.unmodifiableMap(bound);
    this.policy = policy;
    this.limits = List.copyOf(limits);
  }

  /// All that `tokens`, leaf first and found sound, say together.
  ///
  /// @throws RebindingException if two of them bind one parameter to different values
  static Authority of(List<Token> tokens) throws RebindingException {
    Optional<Instant> from = Optional.empty();
    Optional<Instant> until = Optional.empty();
    Map<String, Item> bound = new TreeMap<>();
    Policy policy = Policy.NONE;
    Deque<Uses.Limited> limits = new ArrayDeque<>();
    String account = account(tokens);
    for (Token token : tokens.reversed()) {
      Claims claims = token.claims();
      Optional<Instant> latest = from;
      from =
          claims
              .from()
              .filter(time -> latest.isEmpty() || time.isAfter(latest.get()))
              .or(() -> latest);
      Optional<Instant> soonest = until;
      until =
          claims
              .until()
              .filter(time -> soonest.isEmpty() || time.isBefore(soonest.get()))
              .or(() -> soonest);
      for (var parameter : claims.bound().entrySet()) {
        Item above = bound.putIfAbsent(parameter.getKey(), parameter.getValue());
        if (above != null && !above.equals(parameter.getValue())) {
          throw new RebindingException(parameter.getKey());
        }
      }
      policy = policy.and(claims.policy());
      if (claims.use().isPresent()) {
        // A link's count is kept as long as the link itself can be used, by whatever leaf: a leaf
        // that ends sooner must not make it forgotten.
        limits.addFirst(new Uses.Limited(token.cid(), claims.use().get(), until, account));
      }
    }
    return new Authority(tokens, from, until, bound, policy, List.copyOf(limits));
  }

  /// To whom the owner passed it on, or who else begins it: what is passed on from there takes of
  /// theirs. The owner's root covers every function; whoever has another root isn't the owner.
  private static String account(List<Token> tokens) {
    Claims root = tokens.getLast().claims();
    Claims first =
        root.functions().isEmpty() && tokens.size() > 1
            ? tokens.get(tokens.size() - 2).claims()
            : root;
    return first.audience().orElse(first.issuer()).toString();
  }

  /// A link binds anew what one above it has bound.
  static final class RebindingException extends Exception {
    private static final long serialVersionUID = 1;

    RebindingException(String parameter) {
      super("a link binds " + parameter + " to another value than a link above it");
    }
  }

  /// Whose calls these are.
  public Principal principal() {
    return leaf()
        .claims()
        .audience()
        .<Principal>map(Principal.Holder::new)
        .orElseGet(() -> new Principal.Bearer(leaf().cid()));
  }

  /// Whose turn it is, and whose share it takes: that of whoever the owner gave a token to, however
  /// many keys they pass it on to.
  public String turn() {
    Token given = tokens.get(Math.max(0, tokens.size() - 2));
    return given.claims().audience().map(Did::toString).orElseGet(() -> given.cid().toString());
  }

  /// The token that is used.
  public Token leaf() {
    return tokens.getFirst();
  }

  /// The token that this node issued.
  public Token root() {
    return tokens.getLast();
  }

  /// The links, leaf first.
  public List<Token> tokens() {
    return tokens;
  }

  /// The links' names, leaf first.
  public List<Cid> links() {
    return links;
  }

  /// When the last of the links begins.
  public Optional<Instant> from() {
    return from;
  }

  /// When the first of the links ends.
  public Optional<Instant> until() {
    return until;
  }

  /// Whether `now` is after all beginnings and before any end.
  public boolean isLiveAt(Instant now) {
    return from.filter(now::isBefore).isEmpty()
        && until.filter(end -> !now.isBefore(end)).isEmpty();
  }

  /// The parameters that are bound.
  public Map<String, Item> bound() {
    return bound;
  }

  /// `params`, with those that are bound and not in it. A bound one that is there, and other,
  /// stays: [#refusal] finds it.
  public Item.Table withBound(Item.Table params) {
    Map<Item, Item> all = new LinkedHashMap<>();
    bound.forEach((name, value) -> all.put(Item.of(name), value));
    all.putAll(params.entries());
    return new Item.Table(all);
  }

  /// The conditions of all links.
  public Policy policy() {
    return policy;
  }

  /// The links that limit their use, leaf first.
  public List<Uses.Limited> limits() {
    return limits;
  }

  /// Whether it is a root for every function that narrows nothing but time.
  public boolean isUnattenuated() {
    return tokens.stream().allMatch(token -> token.claims().functions().isEmpty())
        && bound.isEmpty()
        && policy.conditions().isEmpty()
        && limits.isEmpty();
  }

  /// Whether each link names `function`, or one of the refs that the call went through to it. Links
  /// may name it differently: a ref above, the function it names now below.
  public boolean covers(Cid function, Set<Cid> refs) {
    return tokens.stream()
        .map(token -> token.claims().functions())
        .allMatch(named ->
            named.isEmpty()
                || named.get().contains(function)
                || refs.stream().anyMatch(named.get()::contains));
  }

  /// Why `call` isn't what this authority is for, if it isn't: [Verdict.NotCovered], then
  /// [Verdict.Refused].
  public Optional<Verdict.Refusal> refusal(CallView call) {
    if (!covers(call.function(), call.refs())) {
      return Optional.of(new Verdict.NotCovered("the token is for other functions"));
    }
    for (var parameter : bound.entrySet()) {
      Optional<Item> passed = call.params().get(parameter.getKey());
      if (!passed.equals(Optional.of(parameter.getValue()))) {
        return Optional.of(
            new Verdict.Refused("the token binds parameter " + parameter.getKey() + " otherwise"));
      }
    }
    return policy
        .broken(call)
        .map(condition -> new Verdict.Refused("the token asks for " + condition));
  }

  /// Whether `by` may take back `token`, a link of this chain: its issuer may, and the issuer of
  /// any link above it.
  public boolean mayRevoke(Did by, Cid token) {
    int at = links.indexOf(token);
    return at >= 0
        && tokens.subList(at, tokens.size()).stream()
            .anyMatch(link -> link.claims().issuer().equals(by));
  }

  /// Whether `by` may take back `token`. Who bears a token hasn't issued any.
  public boolean mayRevoke(Principal by, Cid token) {
    return by instanceof Principal.Holder(Did did) && mayRevoke(did, token);
  }

  @Override
  public String toString() {
    return "authority of " + principal() + " by " + links;
  }
}
