package org.promisegrid.kernel.message;

import java.time.Instant;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// What a node promises about itself: to honour calls of a function until a time. The parameters of
/// the kernel function `offer`.
///
/// @param function what is promised
/// @param terms on what terms
/// @param price the most a call will cost, in micro-units of the offering node's credit
/// @param until when the promise ends
/// @param token a token for the receiver that says the same
public record Offer(
    Cid function, Terms terms, long price, Instant until, Optional<Item.Bytes> token) {

  private static final long LATEST = 253_402_300_800_000L; // the year 10000

  /// Reads the parameters of a call of `offer`.
  ///
  /// @throws MalformedException if they are not what that function asks for
  public static Offer decode(Item.Table params) throws MalformedException {
    Fields fields = Fields.of(params, "an offer");
    Offer offer =
        new Offer(
            fields.requiredLink("function"),
            Terms.decode(fields.requiredTable("terms")),
            fields.requiredNumber("price", 0, Long.MAX_VALUE),
            Instant.ofEpochMilli(fields.requiredNumber("until", 0, LATEST)),
            fields.bytes("token"));
    fields.end();
    return offer;
  }
}
