package org.promisegrid.kernel.token;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// What a token says: who lets whom call what, how, until when.
///
/// @param issuer who says so
/// @param audience who may use or delegate it; absent: whoever holds it, and nobody can delegate it
/// @param until when it ends; a bearer token MUST end
/// @param from when it begins
/// @param issued when it was made; for people, nothing is decided by it
/// @param id 16 random bytes that make it unlike any other
/// @param functions what may be called, functions and refs; absent: every function of the node,
///   which only a root for a key may say
/// @param bound parameters and their values, which the caller can leave out and can't change
/// @param policy what else must hold of a call
/// @param use how often
/// @param parent the token that gave the issuer what this one passes on; absent in a root
public record Claims(
    Did issuer,
    Optional<Did> audience,
    Optional<Instant> until,
    Optional<Instant> from,
    Instant issued,
    Item.Bytes id,
    Optional<Set<Cid>> functions,
    Map<String, Item> bound,
    Policy policy,
    Optional<Use> use,
    Optional<Cid> parent) {

  /// Length of [#id], in bytes.
  public static final int ID_SIZE = 16;

  /// Most functions and refs that one token names.
  public static final int MAX_FUNCTIONS = 512;

  /// Most parameters that one token binds.
  public static final int MAX_BOUND = 64;

  /// Last second of the year 9999.
  public static final Instant MAX_TIME = Instant.ofEpochSecond(253_402_300_799L);

  /// Brings sets into their one order.
  ///
  /// @throws IllegalArgumentException if the claims contradict each other or exceed a bound
  public Claims {
    require(id.length() == ID_SIZE, "a token's id has 16 bytes");
    requireTime(issued);
    until.ifPresent(Claims::requireTime);
    from.ifPresent(Claims::requireTime);
    require(audience.isPresent() || until.isPresent(), "a bearer token must end");
    require(
        until.isEmpty() || from.isEmpty() || from.get().isBefore(until.get()),
        "a token that ends before it begins");
    require(functions.isPresent() || parent.isEmpty(), "only a root can cover every function");
    require(functions.isPresent() || audience.isPresent(), "a bearer token names its functions");
    if (functions.isPresent()) {
      int size = functions.get().size();
      require(size > 0 && size <= MAX_FUNCTIONS, "a token names 1 to " + MAX_FUNCTIONS);
      functions = Optional.of(Collections.unmodifiableSet(new TreeSet<>(functions.get())));
    }
    require(bound.size() <= MAX_BOUND, "a token binds at most " + MAX_BOUND + " parameters");
    bound = Collections.unmodifiableMap(new TreeMap<>(bound));
    require(
        policy.conditions().size() <= Policy.MAX_CONDITIONS,
        "a token has at most " + Policy.MAX_CONDITIONS + " conditions");
  }

  /// Reads the claims of a CWT.
  ///
  /// @throws MalformedException if they are anything but [#toItem] of some claims
  public static Claims of(Item.Table table) throws MalformedException {
    return ClaimsReader.read(table);
  }

  private static void requireTime(Instant time) {
    require(
        isWholeSecond(time) && !time.isBefore(Instant.EPOCH) && !time.isAfter(MAX_TIME),
        "a token's times are whole seconds from 1970 to 9999");
  }

  /// Whether `time` survives being written in seconds.
  static boolean isWholeSecond(Instant time) {
    return time.equals(time.truncatedTo(ChronoUnit.SECONDS));
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /// What `token.list` tells of them.
  public Item.TableBuilder told() {
    Item.TableBuilder told = Item.table().put("issuer", issuer.toString());
    audience.ifPresent(did -> told.put("audience", did.toString()));
    functions.ifPresent(
        all -> told.put("functions", Item.array(all.stream().map(Item::of).toList())));
    if (!bound.isEmpty()) {
      told.put("bound", Item.table(bound));
    }
    if (!policy.conditions().isEmpty()) {
      told.put("conditions", policy.toItem());
    }
    told.put("issued", issued.toEpochMilli());
    from.ifPresent(time -> told.put("from", time.toEpochMilli()));
    until.ifPresent(time -> told.put("until", time.toEpochMilli()));
    if (use.isPresent()) {
      use.get().calls().ifPresent(most -> told.put("calls", most));
      use.get().rate().ifPresent(rate -> told.put("rate", rate.toItem()));
    }
    return told.put("parent", parent.map(Item::of));
  }

  /// The claims of a CWT, as they are signed.
  public Item.Table toItem() {
    Item.TableBuilder table = Item.table();
    table.put(ClaimsReader.ISSUER, Item.of(issuer.toString()));
    audience.ifPresent(did -> table.put(ClaimsReader.AUDIENCE, Item.of(did.toString())));
    until.ifPresent(time -> table.put(ClaimsReader.UNTIL, Item.of(time.getEpochSecond())));
    from.ifPresent(time -> table.put(ClaimsReader.FROM, Item.of(time.getEpochSecond())));
    table.put(ClaimsReader.ISSUED, Item.of(issued.getEpochSecond()));
    table.put(ClaimsReader.ID, id);
    table.put(
        "fun",
        functions
            .<Item>map(cids -> Item.array(cids.stream().map(Item::of).toList()))
            .orElse(Item.NULL));
    if (!bound.isEmpty()) {
      table.put("prm", Item.table(new LinkedHashMap<>(bound)));
    }
    if (!policy.conditions().isEmpty()) {
      table.put("pol", policy.toItem());
    }
    table.put("use", use.map(Use::toItem));
    table.put("prf", parent.map(Item::of));
    return table.build();
  }
}
