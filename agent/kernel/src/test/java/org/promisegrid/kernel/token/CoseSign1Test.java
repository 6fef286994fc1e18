package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

final class CoseSign1Test {

  private static final HexFormat HEX = HexFormat.of();

  // The key of RFC 8032 §7.1, test 1; the COSE working group's EdDSA example uses it too.
  private static final SigningKey KEY =
      SigningKey.ofSeed(
          HEX.parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  private static final byte[] CONTENT = "This is the content.".getBytes(StandardCharsets.UTF_8);

  @Test
  void signsAndVerifiesAsRfc8032Says() throws Exception {
    byte[] signature =
        HEX.parseHex(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                + "d25bf5f0595bbe24655141438e7a100b");

    assertThat(KEY.did().key().bytes())
        .isEqualTo(
            HEX.parseHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
    assertThat(KEY.sign(new byte[0])).isEqualTo(signature);
    assertThat(KEY.did().key().verify(new byte[0], signature)).isTrue();
    assertThat(KEY.did().key().verify(new byte[1], signature)).isFalse();
  }

  /// `eddsa-sig-01` of the COSE working group's examples. Its key id is unprotected, so that as a
  /// whole it isn't for us.
  @Test
  void signsWhatTheWorkingGroupsEddsaExampleSigns() throws Exception {
    Item.Table header = Item.table().put(1, Item.of(-8)).put(3, Item.of(0)).build();
    byte[] example =
        HEX.parseHex(
            "d28445a201270300a10442313154546869732069732074686520636f6e74656e742e58407142fd2ff96d56db85bee905"
                + "a76ba1d0b7321a95c8c4d3607c5781932b7afb8711497dfa751bf40b58b3bcc32300b1487f3db34085eef013"
                + "bf08f4a44d6fef0d");

    byte[] toBeSigned =
        CoseSign1.toBeSigned(Item.of(Cbor.encode(header)), new byte[0], Item.of(CONTENT));

    assertThat(KEY.sign(toBeSigned))
        .isEqualTo(Arrays.copyOfRange(example, example.length - 64, example.length));
    assertThatThrownBy(() -> CoseSign1.decode(example)).isInstanceOf(MalformedException.class);
  }

  @Test
  void anAttachedSignatureVerifiesWithItsKeyAndDocumentOnly() throws Exception {
    CoseSign1 signature =
        CoseSign1.decode(CoseSign1.attached(KEY, CoseSign1.EDDSA, CONTENT, Cast.TOKEN));
    PublicKey other = new Cast(3).alice.did().key();

    assertThat(signature.verify(KEY.did().key(), Cast.TOKEN)).isTrue();
    assertThat(signature.verify(KEY.did().key(), Cast.CALL)).isFalse();
    assertThat(signature.verify(other, Cast.TOKEN)).isFalse();
    assertThat(signature.payload()).contains(Item.of(CONTENT));
  }

  @Test
  void aDetachedSignatureVerifiesWithWhatItSignsOnly() throws Exception {
    CoseSign1 signature =
        CoseSign1.decode(CoseSign1.detached(KEY, CoseSign1.EDDSA, CONTENT, Cast.TOKEN));

    assertThat(signature.verify(KEY.did().key(), CONTENT, Cast.TOKEN)).isTrue();
    assertThat(signature.verify(KEY.did().key(), new byte[0], Cast.TOKEN)).isFalse();
    assertThat(signature.verify(KEY.did().key(), Cast.TOKEN)).isFalse();
  }

  @Test
  void anAttachedSignatureIsNotTakenForADetachedOneOverTheSame() throws Exception {
    CoseSign1 attached =
        CoseSign1.decode(CoseSign1.attached(KEY, CoseSign1.EDDSA, CONTENT, Cast.TOKEN));

    assertThat(attached.verify(KEY.did().key(), CONTENT, Cast.TOKEN)).isFalse();
  }

  @Test
  void otherAlgorithmsAndNoneAreRefused() {
    for (Item algorithm :
        List.of(Item.of(-7), Item.of(-19), Item.of(0), Item.of("none"), Item.NULL)) {
      Item.Table header = Item.table().put(1, algorithm).build();
      assertRefused(encoded(header, Item.EMPTY), "a COSE_Sign1 of another algorithm than EdDSA");
    }
    assertRefused(encoded(Item.EMPTY, Item.EMPTY), "a COSE_Sign1 of another algorithm than EdDSA");
  }

  @Test
  void anUnprotectedHeaderIsRefused() {
    assertRefused(
        encoded(CoseSign1.EDDSA, Item.table().put(4, Item.of(new byte[] {1})).build()),
        "a COSE_Sign1 whose unprotected header is not an empty map");
    assertRefused(
        encoded(CoseSign1.EDDSA, Item.table().put(1, Item.of(-8)).build()),
        "a COSE_Sign1 whose unprotected header is not an empty map");
    assertRefused(
        encoded(Item.EMPTY, Item.table().put(1, Item.of(-8)).build()),
        "a COSE_Sign1 of another algorithm than EdDSA");
  }

  @Test
  void aHeaderThatIsNotUnderstoodIsRefused() {
    Item.Table critical =
        Item.table()
            .put(1, Item.of(-8))
            .put(2, Item.array(Item.of(99)))
            .put(99, Item.of(1))
            .build();

    assertRefused(encoded(critical, Item.EMPTY), "a COSE_Sign1 with an unknown header");
  }

  @Test
  void anotherTagAndNoTagAreRefused() {
    Item fields =
        Item.array(
            Item.of(Cbor.encode(CoseSign1.EDDSA)),
            Item.EMPTY,
            Item.of(CONTENT),
            Item.of(new byte[64]));

    for (Item item : List.of(fields, new Item.Tagged(98, fields), new Item.Tagged(61, fields))) {
      assertRefused(Cbor.encode(item), "not a COSE_Sign1 (tag 18 and an array of four)");
    }
  }

  @Test
  void aSignatureOfAnotherLengthIsRefused() {
    for (int length : new int[] {0, 63, 65}) {
      Item item =
          new Item.Tagged(
              18,
              Item.array(
                  Item.of(Cbor.encode(CoseSign1.EDDSA)),
                  Item.EMPTY,
                  Item.of(CONTENT),
                  Item.of(new byte[length])));
      assertRefused(Cbor.encode(item), "a COSE_Sign1 without a signature of 64 bytes");
    }
  }

  private static byte[] encoded(Item.Table header, Item.Table unprotected) {
    return Cbor.encode(
        new Item.Tagged(
            18,
            Item.array(
                Item.of(Cbor.encode(header)),
                unprotected,
                Item.of(CONTENT),
                Item.of(new byte[64]))));
  }

  private static void assertRefused(byte[] bytes, String why) {
    assertThatThrownBy(() -> CoseSign1.decode(bytes))
        .isInstanceOf(MalformedException.class)
        .hasMessage(why);
  }
}
