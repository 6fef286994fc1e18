package org.promisegrid.bench;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.promisegrid.kernel.token.CallSignature;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.CountedUses;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.Grant;
import org.promisegrid.kernel.token.Issuer;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.kernel.token.Verdict;
import org.promisegrid.kernel.token.Verifier;
import org.promisegrid.sandbox.Cid;

/// What authority costs a call: a chain of three links, seen for the first time and again.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TokenBench {

  private static final Cid TOKEN = Cid.of("token".getBytes(StandardCharsets.UTF_8));
  private static final Cid CALL = Cid.of("call".getBytes(StandardCharsets.UTF_8));
  private static final Cid FUNCTION = Cid.of("function".getBytes(StandardCharsets.UTF_8));
  private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final SigningKey NODE = SigningKey.generate(RANDOM);
  private static final SigningKey OWNER = SigningKey.generate(RANDOM);
  private static final SigningKey ALICE = SigningKey.generate(RANDOM);
  private static final SigningKey BOB = SigningKey.generate(RANDOM);
  private static final byte[] PAYLOAD = new byte[300];
  private final Verifier forgetful = verifier(0);
  private final Verifier remembering = verifier(1 << 20);
  private final Chain keyed = chain(Grant.to(BOB.did()));
  private final Chain bearer = chain(Grant.bearer(NOW.plusSeconds(60)));
  private final byte[] signature = signature(keyed);
  private final String did = BOB.did().toString();

  private static Verifier verifier(long rememberedBytes) {
    return new Verifier(
        NODE.did(),
        TOKEN,
        CALL,
        () -> NOW,
        links -> Optional.empty(),
        new CountedUses(1000),
        rememberedBytes);
  }

  private static Issuer issuer(SigningKey key) {
    return new Issuer(key, TOKEN, () -> NOW, RANDOM);
  }

  private static Chain chain(Grant last) {
    Chain root = issuer(NODE).root(Grant.to(OWNER.did()));
    Chain hers = issuer(OWNER).delegate(root, Grant.to(ALICE.did()).may(FUNCTION));
    return issuer(ALICE).delegate(hers, last.may(FUNCTION));
  }

  private static Verdict granted(Verdict verdict) {
    if (!(verdict instanceof Verdict.Granted)) {
      throw new IllegalStateException("refused: " + verdict);
    }
    return verdict;
  }

  private static byte[] signature(Chain chain) {
    return CallSignature.sign(
        CALL, BOB, FUNCTION, PAYLOAD, chain.leaf(), NODE.did(), NOW, NOW.plusSeconds(300));
  }

  @Benchmark
  public Verdict bearerSeenForTheFirstTime() {
    return granted(forgetful.verify(bearer, Optional.empty(), FUNCTION, PAYLOAD));
  }

  @Benchmark
  public Verdict bearerSeenBefore() {
    return granted(remembering.verify(bearer, Optional.empty(), FUNCTION, PAYLOAD));
  }

  @Benchmark
  public Verdict signedCallSeenForTheFirstTime() {
    return granted(forgetful.verify(keyed, Optional.of(signature), FUNCTION, PAYLOAD));
  }

  @Benchmark
  public Verdict signedCallWithAChainSeenBefore() {
    return granted(remembering.verify(keyed, Optional.of(signature), FUNCTION, PAYLOAD));
  }

  @Benchmark
  public byte[] sign() {
    return signature(keyed);
  }

  @Benchmark
  public Chain readText() throws Exception {
    return Chain.parse(bearer.text());
  }

  @Benchmark
  public Did readName() throws Exception {
    return Did.parse(did);
  }
}
