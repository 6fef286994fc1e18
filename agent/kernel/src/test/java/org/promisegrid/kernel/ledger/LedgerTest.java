package org.promisegrid.kernel.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.index.Graph;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Readers;
import org.promisegrid.kernel.journal.Disk;
import org.promisegrid.kernel.journal.Journal;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

@Timeout(600)
final class LedgerTest {

  private static final String ALICE = "did:key:alice";

  private static final SigningKey KEY = SigningKey.generate(new SecureRandom());

  @TempDir Path home;
  private ContentStore content;
  private Index index;
  private Ledger ledger;

  @BeforeEach
  void open() {
    content = ContentStore.open(home);
    index = Index.open(home.resolve("index"));
    ledger =
        Ledger.open(
            index,
            new Graph(index, content),
            (from, follower) ->
                Journal.open(
                    new Journal.Setup(
                        home.resolve("journal"),
                        Protocols.cid("journal"),
                        KEY,
                        InstantSource.system(),
                        Disk.real(),
                        Journal.SEGMENT),
                    from,
                    follower));
  }

  @AfterEach
  void close() {
    ledger.close();
    index.close();
    content.close();
  }

  private Cid put(Cid... links) {
    return put(List.of(links));
  }

  private Cid put(List<Cid> links) {
    Item list = Item.array(links.stream().map(Item::of).toList());
    return content.put(Message.of(Protocols.cid("answer"), list).bytes()).cid();
  }

  private static Cid named(String name) {
    return Cid.of(name.getBytes(UTF_8));
  }

  private void ended(Set<Cid> readable, Cid receipt, List<Cid> hidden) {
    ledger
        .calls()
        .ended(
            new Answered(
                named("call"),
                ALICE,
                named("function"),
                receipt,
                Answer.How.RUN,
                Instant.EPOCH,
                Optional.empty(),
                Instant.EPOCH,
                readable,
                Reach.HERE),
            Optional.empty(),
            hidden);
  }

  @Test
  void aResultWithMoreLinksThanAnEntryHoldsIsRecordedAndNoneOfThemCounts() {
    List<Cid> links = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      links.add(named("hidden " + i));
    }
    Cid open = named("open");
    Cid result = put(List.of(open, links.get(0), links.get(99_999)));
    Cid receipt = put(result);

    ended(Set.of(receipt, result), receipt, links);
    ledger.put(ALICE, result, 1, Reach.HERE, links, List.of());

    Readers readers = new Readers(index);
    assertThat(ledger.calls().find(named("call"))).isPresent();
    assertThat(readers.reaches(Set.of(receipt), result)).isTrue();
    assertThat(readers.reaches(Set.of(result), links.get(0))).isFalse();
    assertThat(readers.reaches(Set.of(result), links.get(99_999))).isFalse();
    assertThat(readers.reaches(Set.of(result), open)).as("the safe side").isFalse();
  }

  @Test
  void whatIsSeenBeforeItIsFlushedIsThereAfterwardsToo() {
    Cid result = put();
    ledger.granted(ALICE, Set.of(result));
    assertThat(new Readers(index).isGranted(ALICE, result)).isTrue();

    ledger.flush();
    assertThat(new Readers(index).isGranted(ALICE, result)).isTrue();
    assertThat(index.applied()).isEqualTo(ledger.end());

    close();
    open();
    assertThat(new Readers(index).isGranted(ALICE, result)).isTrue();
  }

  @Test
  void fewHiddenLinksAreToldApart() {
    Cid result = put(named("open"), named("hidden"));
    ledger.put(ALICE, result, 1, Reach.HERE, List.of(named("hidden")), List.of());
    Readers readers = new Readers(index);
    assertThat(readers.reaches(Set.of(result), named("open"))).isTrue();
    assertThat(readers.reaches(Set.of(result), named("hidden"))).isFalse();
  }

  /// As after a power cut on a disk that lied, or with a journal from a backup.
  @Test
  void anIndexOfAnotherPastIsMadeAnew() throws IOException {
    ledger.tokens().revoked(named("in both"), ALICE);
    close();
    Path journal = home.resolve("journal").resolve("0".repeat(20));
    byte[] both = Files.readAllBytes(journal);
    open();
    ledger.tokens().revoked(named("lost"), ALICE);
    close();
    Path aside = home.resolve("aside");
    Files.move(home.resolve("index"), aside);
    Files.write(journal, both);
    open();
    ledger
        .tokens()
        .revoked(named("instead"), ALICE + " whose name is longer, so that the record is, too");
    close();
    Files.move(home.resolve("index"), home.resolve("newer"));
    Files.move(aside, home.resolve("index"));

    open();

    assertThat(ledger.tokens().isRevoked(named("in both"))).isTrue();
    assertThat(ledger.tokens().isRevoked(named("instead"))).isTrue();
    assertThat(ledger.tokens().isRevoked(named("lost"))).isFalse();
    ledger.tokens().revoked(named("later"), ALICE);
    assertThat(ledger.tokens().isRevoked(named("later"))).isTrue();
  }
}
