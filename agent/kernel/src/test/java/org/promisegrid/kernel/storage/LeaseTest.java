package org.promisegrid.kernel.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.content.Amount;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.sandbox.Cid;

/// Leases while the clock jumps, and the same when the index is made anew.
@Timeout(600)
final class LeaseTest {

  private static final Duration LEASE = Duration.ofDays(30);
  private static final Storage STORAGE =
      new Storage(0, Amount.ALL, Amount.ofBytes(1 << 20), 1 << 20, LEASE, Optional.empty());

  @TempDir Path home;
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-22T12:00:00Z"));
  private ContentStore content;
  private Index index;
  private Ledger ledger;
  private Collector collector;

  @BeforeEach
  void open() {
    content = ContentStore.open(home);
    index = Index.open(home.resolve("index"));
    ledger = Opening.ledger(home, content, index, now::get);
    collector = new Collector(ledger, content, STORAGE, now::get);
  }

  @AfterEach
  void close() {
    ledger.close();
    index.close();
    content.close();
  }

  private Instant pass(Duration time) {
    return now.updateAndGet(before -> before.plus(time));
  }

  private Cid puts(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    try (Holds.Hold hold = content.holds().open()) {
      Cid cid = content.put(bytes, hold).cid();
      ledger.put("did:key:alice", cid, bytes.length, Reach.HERE, List.of(), List.of());
      return cid;
    }
  }

  private Instant lease(Cid cid) {
    return ledger.keeping().lastUse(cid).orElseThrow();
  }

  private Map<String, Instant> leases() {
    Map<String, Instant> leases = new TreeMap<>();
    ledger.keeping().leases((cid, last) -> leases.put(cid.toString(), last));
    return leases;
  }

  private void makeAnew() {
    ledger.close();
    index.clear();
    ledger = Opening.ledger(home, content, index, now::get);
    collector = new Collector(ledger, content, STORAGE, now::get);
  }

  @Test
  void whatIsShownBeforeTheEntriesBeforeItHasTheLeaseThatTheyLetItHave() {
    Cid first = puts("first");
    Cid second = puts("second");
    // Neither needs to be on the disk at once, and the second is shown before the first is there.
    Instant later = pass(Duration.ofDays(1));
    ledger.keeping().renewed(List.of(first));
    pass(Duration.ofDays(-3000));
    ledger.keeping().renewed(List.of(second));

    ledger.flush();

    assertThat(lease(second)).isEqualTo(later);
    Map<String, Instant> before = leases();
    makeAnew();
    assertThat(leases()).isEqualTo(before);
  }

  @Test
  void aJumpAheadKeepsNothingForEver() throws Exception {
    Cid before = puts("before");
    Duration far = Duration.ofDays(20_000);
    Instant jumped = pass(far);
    Cid meanwhile = puts("meanwhile");
    assertThat(lease(meanwhile)).isEqualTo(jumped);
    Instant back = pass(far.negated().plusSeconds(60));
    Cid after = puts("after");
    assertThat(lease(after)).isEqualTo(back);

    // Its lease begins when that is noticed.
    assertThat(collector.collect(Optional.empty()).orElseThrow().removed().contents()).isZero();
    assertThat(lease(meanwhile)).isEqualTo(back);
    ledger.flush();
    Map<String, Instant> leases = leases();
    makeAnew();
    assertThat(leases()).isEqualTo(leases);
    pass(LEASE.plusDays(1));
    assertThat(collector.collect(Optional.empty()).orElseThrow().removed().contents()).isEqualTo(3);
    assertThat(List.of(before, meanwhile, after)).noneMatch(content::has);
  }

  @Test
  void whileTheClockIsFarBehindNoLeaseIsTakenForOneThatIsAhead() throws Exception {
    Instant right = now.get();
    Cid before = puts("before");
    pass(Duration.ofDays(-3000));
    assertThat(collector.collect(Optional.empty()).orElseThrow().removed().contents()).isZero();
    assertThat(lease(before)).isEqualTo(right);
    // What is used meanwhile is leased as of the time that the clock should show.
    now.set(right.plus(Duration.ofDays(7)));
    Cid last = puts("last");
    now.set(right.minus(Duration.ofDays(3000)));
    new Renewals(ledger.keeping(), now::get, LEASE).used(List.of(before, last));
    assertThat(lease(before)).isEqualTo(right.plus(Duration.ofDays(7)));
  }
}
