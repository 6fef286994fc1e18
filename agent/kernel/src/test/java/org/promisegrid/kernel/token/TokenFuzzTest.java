package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Spoiled tokens, chains, signatures, names and key files, from a seed that is printed: run again
/// with `-Dfuzz.seed=…`.
final class TokenFuzzTest {

  private static final int ROUNDS = 5_000;

  private final long seed = Long.getLong("fuzz.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final Mutator mutator = new Mutator(random);
  private final Cast cast = new Cast(seed);

  TokenFuzzTest() {
    System.out.println("TokenFuzzTest: -Dfuzz.seed=" + seed);
  }

  /// A chain with every kind of claim in it; its leaf is for Bob.
  private Chain full() {
    Grant toAlice =
        Grant.to(cast.alice.did())
            .may(Cast.THUMB, Cast.WIKI)
            .when(Condition.param("width", Condition.Op.LE, Item.of(320)))
            .at(Use.calls(1000))
            .until(cast.now.plus(Duration.ofDays(1)));
    Grant toBob =
        Grant.to(cast.bob.did())
            .may(Cast.THUMB)
            .bind("width", Item.of(64))
            .at(Use.rate(1000, Duration.ofMinutes(1)))
            .from(cast.now);
    Chain hers = cast.issuer(cast.owner).delegate(cast.ownersRoot(), toAlice);
    return cast.issuer(cast.alice).delegate(hers, toBob);
  }

  private void rounds(byte[] good, Consumer<byte[]> fuzz) {
    fuzz.accept(good);
    for (int i = 0; i < ROUNDS; i++) {
      byte[] bad = mutator.mutated(good);
      try {
        fuzz.accept(bad);
      } catch (RuntimeException | Error e) {
        throw new AssertionError(
            "seed " + seed + ", round " + i + ": " + HexFormat.of().formatHex(bad), e);
      }
    }
  }

  @Test
  void spoiledTokensAreTokensOrMalformed() {
    rounds(full().links().getFirst().value(), TokenFuzz::fuzzerTestOneInput);
  }

  @Test
  void spoiledChainsAreRefused() {
    rounds(Cbor.encode(full().toItem()), ChainFuzz::fuzzerTestOneInput);
    rounds(full().text().getBytes(StandardCharsets.US_ASCII), ChainFuzz::fuzzerTestOneInput);
  }

  @Test
  void spoiledSignaturesAreNobodys() {
    byte[] good = cast.call(cast.bob, full(), Cast.THUMB).signature().orElseThrow();
    rounds(good, CallSignatureFuzz::fuzzerTestOneInput);
  }

  @Test
  void spoiledNamesAreOtherNamesOrMalformed() {
    byte[] good = cast.bob.did().toString().getBytes(StandardCharsets.US_ASCII);
    rounds(good, DidFuzz::fuzzerTestOneInput);
  }

  @Test
  void spoiledKeyFilesAreMalformed() {
    rounds(KeyFile.pem(cast.bob), KeyFileFuzz::fuzzerTestOneInput);
  }

  @Test
  void everyFlippedBitOfAChainIsRefused() {
    Chain chain = full();
    Cast.Call call = cast.call(cast.bob, chain, Cast.THUMB);
    assertThat(cast.verdict(call)).isInstanceOf(Verdict.Granted.class);
    byte[] bytes = Cbor.encode(chain.toItem());

    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      assertRefused(flipped(bytes, bit), call, "bit " + bit);
    }
    byte[] text = chain.text().getBytes(StandardCharsets.US_ASCII);
    for (int bit = 0; bit < 8 * text.length; bit++) {
      assertThat(parsed(flipped(text, bit))).as("bit %d of the text", bit).isNotEqualTo(chain);
    }
  }

  private static @Nullable Chain parsed(byte[] text) {
    try {
      return Chain.parse(new String(text, StandardCharsets.ISO_8859_1));
    } catch (MalformedException expected) {
      return null;
    }
  }

  private void assertRefused(byte[] bytes, Cast.Call call, String what) {
    Chain spoiled;
    try {
      spoiled = Chain.decode(bytes);
    } catch (MalformedException expected) {
      return;
    }
    assertThat(
            cast.verdict(
                new Cast.Call(
                    spoiled, call.signature(), call.function(), call.params(), call.terms())))
        .as(what)
        .isInstanceOf(Verdict.Unauthorized.class);
  }

  @Test
  void everyFlippedBitOfACallsSignatureIsRefused() {
    Chain chain = full();
    Cast.Call call = cast.call(cast.bob, chain, Cast.THUMB);
    byte[] signature = call.signature().orElseThrow();

    for (int bit = 0; bit < 8 * signature.length; bit++) {
      assertThat(
              cast.verdict(
                  new Cast.Call(
                      chain,
                      Optional.of(flipped(signature, bit)),
                      call.function(),
                      call.params(),
                      call.terms())))
          .as("bit %d", bit)
          .isInstanceOf(Verdict.Unauthorized.class);
    }
  }

  @Test
  void everyFlippedBitOfAKeyFileIsFound() {
    byte[] pem = KeyFile.pem(cast.bob);

    for (int bit = 0; bit < 8 * pem.length; bit++) {
      byte[] spoiled = flipped(pem, bit);
      assertThat(bit)
          .satisfies(b ->
              org.assertj.core.api.Assertions.assertThatThrownBy(() -> KeyFile.decode(spoiled))
                  .isInstanceOf(MalformedException.class));
    }
  }

  private static byte[] flipped(byte[] bytes, int bit) {
    byte[] spoiled = bytes.clone();
    spoiled[bit / 8] ^= (byte) (1 << bit % 8);
    return spoiled;
  }

  /// Whoever writes their own claims, and signs them, still gets no more than they had.
  @Test
  void claimsThatTheirIssuerSpoiledAndSignedNeverWiden() throws Exception {
    Chain hers = full();
    Chain parent = Chain.of(hers.links().subList(1, hers.links().size()));
    Item good = hers.tokens().getFirst().claims().toItem();
    int granted = 0;
    for (int i = 0; i < ROUNDS; i++) {
      Item claims = mutator.mutated(good);
      byte[] token =
          CoseSign1.attached(cast.alice, CoseSign1.EDDSA, Cbor.encode(claims), Cast.TOKEN);
      Chain chain = Chain.of(List.of(Item.of(token), parent.links().get(0), parent.links().get(1)));
      if (cast.verifier.examine(chain) instanceof Verifier.Examined.Sound(Authority authority)) {
        granted++;
        assertNoWider(authority, sound(parent), i);
      }
    }
    assertThat(granted).as("mutations that leave a token sound").isPositive();
  }

  private Authority sound(Chain chain) {
    return ((Verifier.Examined.Sound) cast.verifier.examine(chain)).authority();
  }

  private void assertNoWider(Authority narrow, Authority wide, int round) {
    for (int width : new int[] {63, 64, 65, 320, 321}) {
      for (Cid function : List.of(Cast.THUMB, Cast.WIKI, Cast.SHREDDER)) {
        CallView call =
            new CallView(
                function,
                Set.of(),
                Item.table().put("width", width).build(),
                Cid.of(new byte[0]),
                Item.EMPTY);
        if (narrow.refusal(call).isEmpty()) {
          assertThat(wide.refusal(call)).as("seed %d, round %d", seed, round).isEmpty();
        }
      }
    }
    for (int days = -2; days < 3; days++) {
      if (narrow.isLiveAt(cast.now.plus(Duration.ofDays(days)))) {
        assertThat(wide.isLiveAt(cast.now.plus(Duration.ofDays(days))))
            .as("seed %d, round %d", seed, round)
            .isTrue();
      }
    }
    assertThat(narrow.limits())
        .extracting(Uses.Limited::token)
        .containsAll(wide.limits().stream().map(Uses.Limited::token).toList());
  }
}
