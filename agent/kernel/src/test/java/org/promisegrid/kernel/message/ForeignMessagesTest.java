package org.promisegrid.kernel.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Cid;

/// Messages as PromiseGrid's own public repositories make them. They fix the envelope alone, so
/// what is compared is the envelope: those that follow it are read, and call functions that nobody
/// here knows; those that don't are refused, and only the tolerant reader of this test sees what
/// they meant.
final class ForeignMessagesTest {

  // The empty content, which their documents use for a protocol too.
  private static final String EMPTY =
      "01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  // promisegrid/promisegrid, docs/grid-cbor-multicodec-spec.md, conformance example.
  private static final String ENVELOPE = "da6772696481d82a582500" + EMPTY;

  @Test
  void theirConformanceEnvelopeIsOurs() throws MalformedException {
    Message message = Message.decode(hex(ENVELOPE));
    assertThat(message.function()).contains(Input.EMPTY);
    assertThat(message.slots()).isEmpty();
    assertThat(Message.of(Input.EMPTY).bytes()).isEqualTo(hex(ENVELOPE));
    assertThat(Protocols.name(message.function().orElseThrow())).isEmpty();
  }

  // The other examples of the same table.
  @Test
  void theirConformanceItemsAreReadWhereTheyHoldNoFloats() throws MalformedException {
    assertThat(Cbor.decode(hex("a21903e8616961616173")))
        .isEqualTo(Item.table().put(1000, Item.of("i")).put("a", "s").build());
    assertThat(Cbor.decode(hex("831718181903e8")))
        .isEqualTo(Item.array(Item.of(23), Item.of(24), Item.of(1000)));
    assertThat(Cbor.decode(hex("d903e96178"))).isEqualTo(new Item.Tagged(1001, Item.of("x")));
    for (String floats : List.of("8201f93c00", "f97e00", "f97c00", "f9fc00", "f90000", "f98000")) {
      assertThatThrownBy(() -> Cbor.decode(hex(floats)))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("a float");
    }
  }

  // The shape of promisegrid/wire-lab, POC 15: payload and proof as byte strings, here an empty map
  // and 4 bytes; with a slot of parents before them in its route messages.
  @Test
  void payloadAndProofAsByteStringsAreAFunctionNobodyHereKnows() throws MalformedException {
    Message plain = Message.decode(hex("da6772696483d82a582500" + EMPTY + "41a044deadbeef"));
    assertThat(plain.slots()).containsExactly(Item.of(hex("a0")), Item.of(hex("deadbeef")));
    Message routed =
        Message.decode(
            hex("da6772696484d82a582500" + EMPTY + "81d82a582500" + EMPTY + "41a044deadbeef"));
    assertThat(routed.links()).containsExactly(Input.EMPTY);
    assertThat(routed.slots()).hasSize(3);
    assertThatThrownBy(() -> Call.decode(plain))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("payload is not [params, input, terms]");
  }

  // The shape of promisegrid/wire-lab, POC 18: parents as pairs of role and link, then two arrays
  // of
  // six. Its protocol is bafkreicrikn3oqfumjnuvruw67h5ffvu6dyy7inz7h2rtm6s4qgwgz7oxu.
  @Test
  void parentsWithRolesAreFollowed() throws MalformedException {
    Cid protocol = Cid.parse("bafkreicrikn3oqfumjnuvruw67h5ffvu6dyy7inz7h2rtm6s4qgwgz7oxu");
    String link = "d82a582500" + HexFormat.of().formatHex(protocol.bytes());
    String parent = "82" + "66706172656e74" + "d82a582500" + EMPTY;
    String payload = "8665616c69636563626f6264736e6170f68080";
    String proof = "8663" + "656432" + "65616c696365" + "63656432" + link + "42beef" + "6130";
    Message message = Message.decode(hex("da6772696484" + link + "81" + parent + payload + proof));
    assertThat(message.function()).contains(protocol);
    assertThat(message.links()).containsExactly(protocol, Input.EMPTY);
    assertThat(Cbor.encode(message.item())).isEqualTo(message.bytes());
  }

  // The shape of ciwg/grid-examples: tag 42 around a CID without the 00 before it; then id, signer,
  // time, payload, key id, key, signature.
  @Test
  void linksWithoutTheirPrefixAreRefused() throws MalformedException {
    byte[] bytes =
        hex(
            "da6772696488d82a5824"
                + EMPTY
                + "6131"
                + "63616461"
                + "74323032362d30312d30315430303a30303a30305a"
                + "427b7d"
                + "6161"
                + "4101"
                + "41ff");
    assertThatThrownBy(() -> Message.decode(bytes))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("tag 42");
    assertThat(tolerant(bytes).function()).contains(Input.EMPTY);
    assertThat(tolerant(bytes).slots()).hasSize(7);
  }

  // promisegrid/grid-poc, its codec's own tests: the tag around a map or an array of plain values,
  // once with CBOR's mark for files before it.
  @Test
  void olderTaggedValuesAreNotMessages() {
    assertThatThrownBy(
            () -> Message.decode(hex("da67726964a26249444201026954696d657374616d701a60359700")))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("not an array");
    assertThatThrownBy(() -> Message.decode(hex("d9d9f7da67726964a201420102021a60359700")))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("doesn't begin with");
  }

  // Their documents allow a link with their own multicodec, 0x1027; only its varint differs.
  @Test
  void aFunctionNamedByAnotherKindOfCidIsKeptAndUnknown() throws MalformedException {
    byte[] bytes = hex("da6772696481d82a58260001a720" + "1220" + EMPTY.substring(8));
    Message message = Message.decode(bytes);
    assertThat(message.function()).isEmpty();
    assertThat(message.bytes()).isEqualTo(bytes);
    assertThat(message.links()).isEmpty();
  }

  /// Puts the missing 00 into links, for the first slot, which is all that these fixtures need.
  private static Message tolerant(byte[] bytes) throws MalformedException {
    byte[] head = Arrays.copyOf(bytes, 8);
    byte[] rest = Arrays.copyOfRange(bytes, 10, bytes.length);
    byte[] mended = Arrays.copyOf(head, head.length + 3 + rest.length);
    mended[8] = 0x58;
    mended[9] = 0x25;
    System.arraycopy(rest, 0, mended, 11, rest.length);
    return Message.decode(mended);
  }

  private static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
