package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.message.MalformedException;

final class DidTest {

  /// Test vectors of the did:key specification: the last byte of a seed that is zero before it.
  @ParameterizedTest
  @CsvSource({
    "0, did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
    "1, did:key:z6MkjchhfUsD6mmvni8mCdXHw216Xrm9bQe2mBH1P5RDjVJG",
    "2, did:key:z6MknGc3ocHs3zdPiJbnaaqDi58NGb4pk1Sp9WxWufuXSdxf"
  })
  void namesTheKeysOfTheSpecification(byte last, String text) throws Exception {
    byte[] seed = new byte[32];
    seed[31] = last;

    Did did = SigningKey.ofSeed(seed).did();

    assertThat(did).hasToString(text);
    assertThat(Did.parse(text)).isEqualTo(did);
    assertThat(Did.parse(text).key()).isEqualTo(did.key());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "did:key:",
        "did:key:z",
        "did:web:example.org",
        // Upper case, white space, a fragment, a character that base58 leaves out.
        "DID:KEY:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp ",
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp#1",
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooW0",
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWé",
        // Base64url of a key instead of base58.
        "did:key:u7QEBAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fIA",
        // A secp256k1 key, an X25519 key, and the largest base58 number of this length.
        "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
        "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
        "did:key:zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
        // Zeros in front.
        "did:key:z11111111111111111111111111111111111111111111111"
      })
  void refusesEverythingElse(String text) {
    assertThatThrownBy(() -> Did.parse(text)).isInstanceOf(MalformedException.class);
  }

  /// Under a key of small order, one signature fits many messages: anybody could make it.
  @Test
  void refusesKeysOfSmallOrderAndPointsWrittenOtherwise() {
    List<String> encodings =
        List.of(
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            // The same once more, with p added to the coordinate.
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");

    assertThat(encodings)
        .allSatisfy(hex ->
            assertThatThrownBy(() -> PublicKey.of(HexFormat.of().parseHex(hex)))
                .isInstanceOf(MalformedException.class));
  }

  @Test
  void refusesKeysOfAnotherLength() {
    assertThatThrownBy(() -> PublicKey.of(new byte[31])).isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> PublicKey.of(new byte[33])).isInstanceOf(MalformedException.class);
  }

  @Test
  void aPrivateKeyPrintsAsItsName() {
    SigningKey key = new Cast(4).alice;

    assertThat(key.toString())
        .contains(key.did().toString())
        .doesNotContain(HexFormat.of().formatHex(key.seed()));
  }

  @Test
  void aPrincipalIsReadBackFromItsText() throws Exception {
    Principal holder = new Principal.Holder(new Cast(4).alice.did());
    Principal bearer = new Principal.Bearer(Cast.THUMB);

    assertThat(Principal.parse(holder.toString())).isEqualTo(holder);
    assertThat(Principal.parse(bearer.toString())).isEqualTo(bearer);
    for (String text : List.of("", "bearer:", "bearer:bafk", "alice")) {
      assertThatThrownBy(() -> Principal.parse(text)).isInstanceOf(MalformedException.class);
    }
  }
}
