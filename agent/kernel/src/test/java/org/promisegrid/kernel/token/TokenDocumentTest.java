package org.promisegrid.kernel.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Diagnostic;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// The example in `docs/protocols/token.md` is what the document says it is.
final class TokenDocumentTest {

  private static final Cid NO_BYTES = Cid.of(new byte[0]);
  private static final SigningKey NODE = key(1);
  private static final SigningKey HOLDER = key(2);

  private static SigningKey key(int each) {
    byte[] seed = new byte[32];
    Arrays.fill(seed, (byte) each);
    return SigningKey.ofSeed(seed);
  }

  private static Claims claims() {
    return new Claims(
        NODE.did(),
        Optional.of(HOLDER.did()),
        Optional.of(Instant.parse("2030-01-01T00:00:00Z")),
        Optional.empty(),
        Instant.parse("2026-11-22T10:00:00Z"),
        Item.of("sixteen bytes..!".getBytes(StandardCharsets.US_ASCII)),
        Optional.of(Set.of(NO_BYTES)),
        Map.of(),
        new Policy(List.of(Condition.param("width", Condition.Op.LE, Item.of(320)))),
        Optional.of(Use.calls(100)),
        Optional.empty());
  }

  private static String example() throws IOException {
    String document = Files.readString(Path.of("..", "..", "docs", "protocols", "token.md"));
    return document.substring(document.indexOf("## Example"));
  }

  /// The lines between the fences of the `n`th block.
  private static String block(int n) throws IOException {
    String[] parts = example().split("```(cbor-diag)?\n", -1);
    return parts[2 * n - 1].strip();
  }

  @Test
  void theExampleIsATokenAsTheDocumentShowsIt() throws Exception {
    Chain chain = Chain.parse(block(2));
    Token token = chain.tokens().getFirst();

    // Ed25519 is deterministic: from the same keys and claims, the same bytes.
    assertThat(chain).isEqualTo(Chain.of(Token.sign(NODE, claims(), NO_BYTES)));
    assertThat(token.claims()).isEqualTo(claims());
    assertThat(block(1).replaceAll("\\s", ""))
        .isEqualTo(Diagnostic.of(token.claims().toItem()).replaceAll("\\s", ""));
    assertThat(example()).contains("`" + token.cid() + "`");
  }

  @Test
  void theExampleGrantsWhatTheDocumentSays() throws Exception {
    Chain chain = Chain.parse(block(2));
    Instant now = Instant.parse("2029-12-31T00:00:00Z");
    Verifier verifier =
        new Verifier(
            NODE.did(),
            NO_BYTES,
            NO_BYTES,
            () -> now,
            links -> Optional.empty(),
            new CountedUses(10),
            1000);
    byte[] payload = new byte[0];
    byte[] signature =
        CallSignature.sign(
            NO_BYTES, HOLDER, NO_BYTES, payload, chain.leaf(), NODE.did(), now, now.plusSeconds(9));

    Verdict verdict = verifier.verify(chain, Optional.of(signature), NO_BYTES, payload);

    assertThat(verdict).isInstanceOf(Verdict.Granted.class);
    Authority authority = ((Verdict.Granted) verdict).authority();
    assertThat(authority.refusal(view(320))).isEmpty();
    assertThat(authority.refusal(view(321)))
        .contains(new Verdict.Refused("the token asks for params.width le 320"));
  }

  private static CallView view(int width) {
    return new CallView(
        NO_BYTES, Set.of(), Item.table().put("width", width).build(), NO_BYTES, Item.EMPTY);
  }

  /// Prints what belongs into the document, should the example have to change before its release.
  public static void main(String[] arguments) {
    Token token = Token.sign(NODE, claims(), NO_BYTES);
    System.out.println(Diagnostic.pretty(token.claims().toItem()));
    System.out.println(token.cid());
    System.out.println(Chain.of(token).text());
  }
}
