package org.promisegrid.kernel.index;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// When content was last put or used: `LEASES` holds a digest → milliseconds since 1970. What has
/// no row was named by nobody, or is kept for the sake of something else.
public final class Leases {

  private Leases() {}

  /// Content was put, or used.
  ///
  /// @param at by the clock, if that can be believed; see [Reckoning]
  public static void renew(Write write, Cid cid, Instant at) {
    write.put(
        Table.LEASES,
        cid.digest(),
        ByteBuffer.allocate(Long.BYTES).putLong(at.toEpochMilli()).array());
  }

  /// Content is gone.
  public static void end(Write write, Cid cid) {
    write.delete(Table.LEASES, cid.digest());
  }

  /// When it was last put or used, if it ever was.
  public static Optional<Instant> find(Index index, Cid cid) {
    return index.get(Table.LEASES, cid.digest()).map(Leases::read);
  }

  /// Takes leases.
  @FunctionalInterface
  public interface Visitor {
    void visit(Cid cid, Instant last);
  }

  /// Visits all of them.
  public static void visit(Index index, Visitor visitor) {
    var _ =
        index.scan(
            Table.LEASES,
            new byte[0],
            (digest, row) -> {
              visitor.visit(Cid.ofDigest(digest), read(row));
              return true;
            });
  }

  private static Instant read(byte[] row) {
    return Instant.ofEpochMilli(ByteBuffer.wrap(row).getLong());
  }
}
