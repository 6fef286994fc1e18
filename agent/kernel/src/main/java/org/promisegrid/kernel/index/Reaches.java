package org.promisegrid.kernel.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.sandbox.Cid;

/// How far content may travel: `REACHES` holds a digest, and behind it whose word it is → a byte.
///
/// Everybody who puts content says how far *they* let it go, as often as they like, and the last
/// they said counts; a run says it of what it wrote, and nobody narrows that again. Content that
/// several let go may go as far as the one who lets it go farthest: they hold it, and could give it
/// away themselves.
public final class Reaches {

  private Reaches() {}

  /// `by` put content, and lets it go so far.
  public static void put(Write write, String by, Cid cid, Reach reach) {
    write.put(Table.REACHES, key(cid, by), new byte[] {(byte) reach.ordinal()});
  }

  /// A run wrote content, of inputs that may go so far. No principal's name begins with a zero
  /// byte.
  public static void ran(Write write, Cid cid, Reach reach) {
    byte value = (byte) reach.ordinal();
    write.put(
        Table.REACHES,
        ByteBuffer.allocate(Graph.DIGEST + 2).put(cid.digest()).put((byte) 0).put(value).array(),
        new byte[] {value});
  }

  /// How far it may travel; of what nobody said anything about, nowhere.
  public static Reach find(Index index, Cid cid) {
    AtomicReference<Reach> widest = new AtomicReference<>(Reach.HERE);
    var _ =
        index.scan(
            Table.REACHES,
            cid.digest(),
            (_, row) -> {
              Reach reach = Reach.values()[row[0]];
              if (reach.compareTo(widest.get()) > 0) {
                widest.set(reach);
              }
              return true;
            });
    return widest.get();
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
