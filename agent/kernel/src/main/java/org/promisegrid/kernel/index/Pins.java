package org.promisegrid.kernel.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.promisegrid.sandbox.Cid;

/// Content that somebody wants kept until they say otherwise: `PINS` holds principal, a zero byte
/// and a digest → since when, and a note.
public final class Pins {

  private Pins() {}

  /// Content that is kept.
  public record Pin(String by, Cid cid, Instant since, String note) {}

  public static void add(Write write, Pin pin) {
    byte[] note = pin.note().getBytes(UTF_8);
    write.put(
        Table.PINS,
        Readers.key(pin.by(), pin.cid()),
        ByteBuffer.allocate(Long.BYTES + note.length)
            .putLong(pin.since().toEpochMilli())
            .put(note)
            .array());
  }

  public static void remove(Write write, String by, Cid cid) {
    write.delete(Table.PINS, Readers.key(by, cid));
  }

  public static Optional<Pin> find(Index index, String by, Cid cid) {
    byte[] key = Readers.key(by, cid);
    return index.get(Table.PINS, key).map(row -> pin(key, row));
  }

  /// Pins, in no order that means anything.
  ///
  /// @param by whose; empty for everybody's
  /// @param after only those behind that one
  public static List<Pin> list(Index index, Optional<String> by, Optional<Pin> after, int most) {
    byte[] prefix = by.map(name -> (name + '\0').getBytes(UTF_8)).orElseGet(() -> new byte[0]);
    byte[] from =
        after
            .map(pin -> Readers.key(pin.by(), pin.cid()))
            .map(key -> Arrays.copyOf(key, key.length + 1))
            .orElse(prefix);
    List<Pin> pins = new ArrayList<>();
    var _ =
        index.scan(
            Table.PINS,
            prefix,
            from,
            (key, row) -> {
              pins.add(pin(key, row));
              return pins.size() < most;
            });
    return pins;
  }

  /// Visits all that anybody keeps.
  public static void visit(Index index, Consumer<Cid> visitor) {
    var _ =
        index.scan(
            Table.PINS,
            new byte[0],
            (key, row) -> {
              visitor.accept(pin(key, row).cid());
              return true;
            });
  }

  private static Pin pin(byte[] key, byte[] row) {
    int name = key.length - Graph.DIGEST - 1;
    ByteBuffer value = ByteBuffer.wrap(row);
    Instant since = Instant.ofEpochMilli(value.getLong());
    return new Pin(
        new String(key, 0, name, UTF_8),
        Cid.ofDigest(Arrays.copyOfRange(key, name + 1, key.length)),
        since,
        UTF_8.decode(value).toString());
  }
}
