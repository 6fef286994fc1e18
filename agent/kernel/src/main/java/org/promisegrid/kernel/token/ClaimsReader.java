package org.promisegrid.kernel.token;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Reads [Claims], one at a time, and refuses any that it doesn't know: what an issuer meant as a
/// restriction must not be skipped.
final class ClaimsReader {

  // Of CWT, RFC 8392 §4.
  static final long ISSUER = 1;
  static final long AUDIENCE = 3;
  static final long UNTIL = 4;
  static final long FROM = 5;
  static final long ISSUED = 6;
  static final long ID = 7;

  private final Map<Item, Item> unread;

  private ClaimsReader(Item.Table table) {
    this.unread = new HashMap<>(table.entries());
  }

  static Claims read(Item.Table table) throws MalformedException {
    return new ClaimsReader(table).read();
  }

  private Claims read() throws MalformedException {
    try {
      Claims claims =
          new Claims(
              did(needed(Item.of(ISSUER), "iss")),
              audience(),
              time(UNTIL),
              time(FROM),
              time(needed(Item.of(ISSUED), "iat")),
              id(needed(Item.of(ID), "cti")),
              functions(needed(Item.of("fun"), "fun")),
              bound(),
              policy(),
              use(),
              parent());
      if (!unread.isEmpty()) {
        throw new MalformedException("a token with a claim that is not known");
      }
      return claims;
    } catch (IllegalArgumentException e) {
      throw new MalformedException(String.valueOf(e.getMessage()), e);
    }
  }

  private @Nullable Item taken(Item key) {
    return unread.remove(key);
  }

  private Item needed(Item key, String name) throws MalformedException {
    Item value = taken(key);
    if (value == null) {
      throw new MalformedException("a token without " + name);
    }
    return value;
  }

  private Optional<Did> audience() throws MalformedException {
    Item value = taken(Item.of(AUDIENCE));
    return value == null ? Optional.empty() : Optional.of(did(value));
  }

  private Optional<Instant> time(long key) throws MalformedException {
    Item value = taken(Item.of(key));
    return value == null ? Optional.empty() : Optional.of(time(value));
  }

  private Map<String, Item> bound() throws MalformedException {
    Item value = taken(Item.of("prm"));
    if (value == null) {
      return Map.of();
    }
    if (!(value instanceof Item.Table table) || table.entries().isEmpty()) {
      throw new MalformedException("prm that is not a map of one or more parameters");
    }
    Map<String, Item> bound = new HashMap<>();
    for (var entry : table.entries().entrySet()) {
      if (!(entry.getKey() instanceof Item.Text(String name))) {
        throw new MalformedException("prm with a name that is not text");
      }
      bound.put(name, entry.getValue());
    }
    return bound;
  }

  private Policy policy() throws MalformedException {
    Item value = taken(Item.of("pol"));
    return value == null ? Policy.NONE : Policy.of(value);
  }

  private Optional<Use> use() throws MalformedException {
    Item value = taken(Item.of("use"));
    return value == null ? Optional.empty() : Optional.of(Use.of(value));
  }

  private Optional<Cid> parent() throws MalformedException {
    Item value = taken(Item.of("prf"));
    return value == null ? Optional.empty() : Optional.of(link(value));
  }

  private static Did did(Item value) throws MalformedException {
    if (value instanceof Item.Text(String text)) {
      return Did.parse(text);
    }
    throw new MalformedException("a DID that is not text");
  }

  private static Instant time(Item value) throws MalformedException {
    if (value instanceof Item.Int(long seconds)
        && seconds >= 0
        && seconds <= Claims.MAX_TIME.getEpochSecond()) {
      return Instant.ofEpochSecond(seconds);
    }
    throw new MalformedException("a time that is not seconds from 1970 to 9999");
  }

  private static Item.Bytes id(Item value) throws MalformedException {
    if (value instanceof Item.Bytes id) {
      return id;
    }
    throw new MalformedException("a cti that is no byte string");
  }

  private static Cid link(Item value) throws MalformedException {
    if (value instanceof Item.Link(Cid cid)) {
      return cid;
    }
    throw new MalformedException("something else where a link belongs");
  }

  private static Optional<Set<Cid>> functions(Item value) throws MalformedException {
    if (value instanceof Item.Null) {
      return Optional.empty();
    }
    if (!(value instanceof Item.Array(var links))) {
      throw new MalformedException("fun that is neither null nor links");
    }
    Set<Cid> functions = new LinkedHashSet<>();
    @Nullable Cid last = null;
    for (Item link : links) {
      Cid cid = link(link);
      if (last != null && last.compareTo(cid) >= 0) {
        throw new MalformedException("fun with links out of order or twice");
      }
      functions.add(cid);
      last = cid;
    }
    return Optional.of(functions);
  }
}
