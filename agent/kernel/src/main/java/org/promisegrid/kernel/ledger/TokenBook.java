package org.promisegrid.kernel.ledger;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Table;
import org.promisegrid.kernel.index.Write;
import org.promisegrid.kernel.journal.Entry;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.Claims;
import org.promisegrid.kernel.token.Token;
import org.promisegrid.sandbox.Cid;

/// Tokens that were presented: what they say, whether they are revoked, how often they were used.
public final class TokenBook {

  private static final int MOST_SEEN = 10_000;
  private static final Duration TO_THE = Duration.ofMinutes(1);

  private final Index index;
  private final Recording recording;
  private final BooleanSupplier low;

  /// Tokens that are known to be in the index: most calls come with the same few.
  private final Set<Cid> seen = ConcurrentHashMap.newKeySet();

  /// When tokens were last used, as far as the index has been told.
  private final Map<Cid, Instant> told = new ConcurrentHashMap<>();

  /// @param low whether the disk has room only for what must go on
  TokenBook(Index index, Recording recording, BooleanSupplier low) {
    this.index = index;
    this.recording = recording;
    this.low = low;
  }

  /// A valid token was presented that hadn't been before; nothing happens if it had. Its claims are
  /// kept, not its signature: what is written here is no token that anybody could use.
  public void seen(Token token) {
    if (!isSeen(token)) {
      recording.append(
          Entry.Kind.SEEN, Item.table().put("token", token.cid()).put("claims", written(token)));
    }
    if (seen.size() < MOST_SEEN) {
      seen.add(token.cid());
    }
  }

  /// How many bytes are written down of tokens when they are presented: none of those that were.
  public long unseen(List<Token> tokens) {
    return tokens.stream()
        .filter(token -> !isSeen(token))
        .mapToLong(token -> written(token).length)
        .sum();
  }

  private boolean isSeen(Token token) {
    return seen.contains(token.cid()) || index.get(Table.TOKENS, token.cid().bytes()).isPresent();
  }

  private static byte[] written(Token token) {
    return Cbor.encode(token.claims().toItem());
  }

  /// `by` revoked a token.
  public void revoked(Cid token, String by) {
    recording.append(Entry.Kind.REVOKED, Item.table().put("token", token).put("by", by));
  }

  /// A counted token has now been used `count` times.
  public void used(Cid token, long count) {
    recording.append(Entry.Kind.USED, Item.table().put("token", token).put("count", count));
  }

  /// A token was used, counted or not. That stands in no journal, and in the index to the minute:
  /// losing it costs knowledge, not authority.
  public void lastUsed(Cid token, Instant now) {
    Instant before = told.get(token);
    if (before != null && now.isBefore(before.plus(TO_THE)) && !now.isBefore(before)) {
      return;
    }
    if (low.getAsBoolean()) {
      return; // nothing needs it, and an index that met a full disk takes a while to go on
    }
    if (told.size() >= MOST_SEEN) {
      told.clear(); // each is told once more, and that is all
    }
    told.put(token, now);
    Write write = index.write();
    write.put(Table.LAST_USES, token.bytes(), count(now.toEpochMilli()));
    write.commit();
  }

  /// When a token was last used, to the minute.
  public Optional<Instant> lastUse(Cid token) {
    return index
        .get(Table.LAST_USES, token.bytes())
        .map(TokenBook::count)
        .map(Instant::ofEpochMilli);
  }

  /// What a token that was seen says.
  public Optional<Claims> claims(Cid token) {
    return index.get(Table.TOKENS, token.bytes()).map(TokenBook::claims);
  }

  /// Tokens that were seen, by name, after `after`.
  public SequencedMap<Cid, Claims> list(Optional<Cid> after, int most) {
    SequencedMap<Cid, Claims> tokens = new LinkedHashMap<>();
    index.scan(
        Table.TOKENS,
        new byte[0],
        after.map(Cid::bytes).orElseGet(() -> new byte[0]),
        (key, row) -> {
          Cid token = Cid.fromBytes(key);
          if (!after.equals(Optional.of(token))) {
            tokens.put(token, claims(row));
          }
          return tokens.size() < most;
        });
    return tokens;
  }

  private static Claims claims(byte[] row) {
    return Rows.read(row, Claims::of);
  }

  public boolean isRevoked(Cid token) {
    return index.get(Table.REVOKED, token.bytes()).isPresent();
  }

  /// How often a counted token was used.
  public long uses(Cid token) {
    return uses(index, token);
  }

  static long uses(Index index, Cid token) {
    return index.get(Table.USES, token.bytes()).map(TokenBook::count).orElse(0L);
  }

  static byte[] count(long count) {
    return ByteBuffer.allocate(Long.BYTES).putLong(count).array();
  }

  private static long count(byte[] row) {
    return ByteBuffer.wrap(row).getLong();
  }
}
