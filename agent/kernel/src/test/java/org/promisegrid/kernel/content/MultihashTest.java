package org.promisegrid.kernel.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

final class MultihashTest {

  private static final String ZEROS = "00".repeat(32);

  /// Of "abc" or of nothing, as FIPS 180-4, FIPS 202, RFC 7693's b2sum and the BLAKE3 paper have
  /// it.
  @ParameterizedTest
  @CsvSource({
    "SHA2_256, 1220, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "SHA2_512, 1340, ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    "SHA3_256, 1620, 3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    "SHA3_512, 1440, b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
        + "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
    "BLAKE2B_256, a0e40220, bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
    "BLAKE3, 1e20, 6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
  })
  void theSixHashesAreTheOnesThatAreMeant(
      Multihash.Algorithm algorithm, String prefix, String digest) throws Exception {
    Hasher hasher = Hasher.of(algorithm);
    hasher.update(new byte[] {'x', 'a', 'b', 'c'}, 1, 3);
    Multihash hash = hasher.finish();

    assertThat(hash).hasToString(algorithm.text() + ":" + digest);
    assertThat(HexFormat.of().formatHex(hash.bytes())).isEqualTo(prefix + digest);
    assertThat(Multihash.parse(hash.toString())).isEqualTo(hash);
    assertThat(Multihash.fromBytes(hash.bytes())).isEqualTo(hash);
  }

  @Test
  void sumsAreReadAsTheyArePublished() throws Exception {
    Multihash hash = Multihash.of(Cid.of(new byte[0]));

    assertThat(Multihash.parse(hash.toString().replace("sha2-256:", "sha256:"))).isEqualTo(hash);
    assertThat(
            Multihash.parse("sha2-256:" + HexFormat.of().withUpperCase().formatHex(hash.digest())))
        .isEqualTo(hash);
    assertThat(hash.cid()).contains(Cid.of(new byte[0]));
    assertThat(Multihash.parse("blake3:" + ZEROS).cid()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "sha2-256",
        "sha2-256:",
        "md5:d41d8cd98f00b204e9800998ecf8427e",
        "SHA2-256:0000000000000000000000000000000000000000000000000000000000000000",
        "sha2-256:000000000000000000000000000000000000000000000000000000000000000",
        "sha2-256:00000000000000000000000000000000000000000000000000000000000000000",
        "sha2-256:000000000000000000000000000000000000000000000000000000000000000g",
        "sha2-256: 00000000000000000000000000000000000000000000000000000000000000",
        "sha2-256:００00000000000000000000000000000000000000000000000000000000000000"
      })
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> Multihash.parse(text)).isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "12", "1220", "12201f", "920020", "ffffffff0f20", "1120", "12a000"})
  void noOtherBytesAreAMultihash(String hex) {
    byte[] padded = HexFormat.of().parseHex(hex + (hex.length() > 4 ? ZEROS : ""));
    assertThatThrownBy(() -> Multihash.fromBytes(padded)).isInstanceOf(MalformedException.class);
  }

  @ParameterizedTest
  @EnumSource(Multihash.Algorithm.class)
  void aDigestOfAnotherLengthIsNone(Multihash.Algorithm algorithm) {
    assertThatThrownBy(() -> new Multihash(algorithm, new byte[algorithm.size() - 1]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whateverIsReadIsWrittenAgainOrRefused() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Multihash.Algorithm[] algorithms = Multihash.Algorithm.values();
    for (int i = 0; i < 50_000; i++) {
      Multihash.Algorithm algorithm = algorithms[random.nextInt(algorithms.length)];
      byte[] digest = new byte[algorithm.size()];
      random.nextBytes(digest);
      byte[] bytes = new Multihash(algorithm, digest).bytes();
      char[] text = new Multihash(algorithm, digest).toString().toCharArray();
      for (int n = random.nextInt(3); n > 0; n--) {
        bytes[random.nextInt(4)] = (byte) random.nextInt();
        text[random.nextInt(text.length)] = (char) random.nextInt(0x180);
      }
      int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length;
      byte[] cut = Arrays.copyOf(bytes, length);
      try {
        assertThat(Multihash.fromBytes(cut).bytes()).isEqualTo(cut);
      } catch (MalformedException e) {
        assertThat(e).hasMessageMatching("(?s).+");
      } catch (RuntimeException e) {
        fail("seed " + seed, e);
      }
      try {
        String read = Multihash.parse(new String(text)).toString();
        assertThat(read).isEqualToIgnoringCase(new String(text));
      } catch (MalformedException e) {
        assertThat(e).hasMessageMatching("(?s).+");
      } catch (RuntimeException e) {
        fail("seed " + seed, e);
      }
    }
  }
}
