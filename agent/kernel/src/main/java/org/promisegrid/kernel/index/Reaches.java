package org.promisegrid.kernel.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.sandbox.Cid;

/// How far content may travel: `REACHES` holds a digest, and behind it whose word it is → that
/// word.
///
/// Everybody who puts content says how far *they* let it go, as often as they like, and the last
/// they said counts; a run says it of what it wrote, and nobody narrows that again. Content that
/// several let go may go as far as the one who lets it go farthest: they hold it, and could give it
/// away themselves.
public final class Reaches {

  private Reaches() {}

  /// `by` put content, and lets it go so far.
  public static void put(Write write, String by, Cid cid, Reach reach) {
    write.put(Table.REACHES, key(cid, by), bytes(reach));
  }

  /// A run wrote content, of inputs that may go so far. No principal's name begins with a zero
  /// byte.
  public static void ran(Write write, Cid cid, Reach reach) {
    write.put(Table.REACHES, key(cid, "\0" + Words.of(reach)), bytes(reach));
  }

  /// How far it may travel; of what nobody said anything about, nowhere.
  public static Reach find(Index index, Cid cid) {
    AtomicReference<Reach> widest = new AtomicReference<>(Reach.HERE);
    var _ =
        index.scan(
            Table.REACHES,
            cid.digest(),
            (_, row) -> {
              Reach reach = Reach.valueOf(new String(row, UTF_8).toUpperCase(Locale.ROOT));
              if (reach.compareTo(widest.get()) > 0) {
                widest.set(reach);
              }
              return true;
            });
    return widest.get();
  }

  private static byte[] bytes(Reach reach) {
    return Words.of(reach).getBytes(UTF_8);
  }

  /// Content is gone.
  public static void remove(Index index, Write write, Cid cid) {
    var _ =
        index.scan(
            Table.REACHES,
            cid.digest(),
            (key, _) -> {
              write.delete(Table.REACHES, key);
              return true;
            });
  }

  private static byte[] key(Cid cid, String by) {
    byte[] name = by.getBytes(UTF_8);
    return ByteBuffer.allocate(Graph.DIGEST + name.length).put(cid.digest()).put(name).array();
  }
}
