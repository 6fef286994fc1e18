package org.promisegrid.kernel.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;

/// Who may read what, told as stories. The owner puts things and hands out tokens; Bob holds one;
/// Mallory tries.
@Timeout(600)
final class ReadersTest {

  private static final String BOB = "did:key:z6MkBob";
  private static final String MALLORY = "did:key:z6MkMallory";
  private static final Set<Cid> NOTHING = Set.of();

  @TempDir Path home;
  private ContentStore content;
  private Index index;
  private Graph graph;
  private Readers readers;

  @BeforeEach
  void open() {
    content = ContentStore.open(home);
    index = Index.open(home.resolve("index"));
    graph = new Graph(index, content);
    readers = new Readers(index);
  }

  @AfterEach
  void close() {
    index.close();
    content.close();
  }

  private boolean mayRead(String principal, Set<Cid> named, Cid cid) {
    return readers.isGranted(principal, cid) || readers.reaches(named, cid);
  }

  @Test
  void whoPutSomethingMayReadItAndNobodyElse() {
    Cid letter = put(BOB, NOTHING, bytes("letter"));

    assertThat(mayRead(BOB, NOTHING, letter)).isTrue();
    assertThat(mayRead(MALLORY, NOTHING, letter)).isFalse();
    assertThat(mayRead("did:key:z6MkBo", NOTHING, letter)).isFalse();
  }

  @Test
  void forbiddenAndAbsentAreTheSame() {
    Cid letter = put(BOB, NOTHING, bytes("letter"));
    Cid absent = Cid.of(bytes("nobody ever put this"));

    assertThat(mayRead(MALLORY, NOTHING, letter)).isEqualTo(mayRead(MALLORY, NOTHING, absent));
  }

  @Test
  void aTokenThatNamesAFunctionLetsItsHolderReadDescriptorAndModule() {
    Cid module = owner(bytes("module"));
    Cid other = owner(bytes("another module"));
    Cid function = owner(message("function", module));
    Cid binding = owner(message("binding", function));

    for (Cid readable : List.of(binding, function, module)) {
      assertThat(mayRead(BOB, Set.of(binding), readable)).isTrue();
    }
    assertThat(mayRead(BOB, Set.of(function), binding)).isFalse();
    assertThat(mayRead(BOB, Set.of(function), other)).isFalse();
    assertThat(mayRead(BOB, NOTHING, module)).isFalse();
  }

  @Test
  void aStrangerWhoPutsAMessageThatLinksToSomethingCannotReadIt() {
    Cid secret = owner(bytes("secret"));
    Cid bait = put(MALLORY, NOTHING, message("tree", secret));

    assertThat(mayRead(MALLORY, NOTHING, bait)).isTrue();
    assertThat(mayRead(MALLORY, NOTHING, secret)).isFalse();
    // Nor if a token of theirs comes to name what they put.
    assertThat(mayRead(MALLORY, Set.of(bait), secret)).isFalse();
    // Nor behind a second message of theirs.
    Cid second = put(MALLORY, NOTHING, message("tree", bait));
    assertThat(mayRead(MALLORY, Set.of(second), bait)).isTrue();
    assertThat(mayRead(MALLORY, Set.of(second), secret)).isFalse();
  }

  @Test
  void aLinkPutBeforeItsTargetIsThereDoesNotCountWhenTheTargetComes() {
    Cid secret = Cid.of(bytes("secret"));
    Cid bait = put(MALLORY, NOTHING, message("tree", secret));
    owner(bytes("secret"));

    assertThat(mayRead(MALLORY, Set.of(bait), secret)).isFalse();
  }

  @Test
  void aLinkCountsOnceSomebodyWhoMayReadItsTargetPutsTheSameMessage() {
    Cid module = owner(bytes("module"));
    byte[] bytes = message("function", module);
    Cid function = put(MALLORY, NOTHING, bytes);
    assertThat(mayRead(BOB, Set.of(function), module)).isFalse();

    owner(bytes);
    assertThat(mayRead(BOB, Set.of(function), module)).isTrue();
    // What Mallory puts again doesn't take it back, and having put it isn't having a token for it.
    put(MALLORY, NOTHING, bytes);
    assertThat(mayRead(BOB, Set.of(function), module)).isTrue();
    assertThat(mayRead(MALLORY, NOTHING, module)).isFalse();
  }

  @Test
  void aHolderMayPassOnWhatTheyCouldReadThen() {
    Cid module = owner(bytes("module"));
    Cid function = owner(message("function", module));
    Cid mine = put(BOB, Set.of(function), message("binding", function, module));

    assertThat(mayRead("did:key:z6MkCarol", Set.of(mine), module)).isTrue();
    assertThat(mayRead("did:key:z6MkCarol", Set.of(mine), function)).isTrue();
  }

  @Test
  void aWayThatWasFoundIsGoneWithItsEdges() {
    Cid module = owner(bytes("module"));
    Cid function = owner(message("function", module));
    assertThat(mayRead(BOB, Set.of(function), module)).isTrue();
    assertThat(mayRead(BOB, Set.of(function), module)).isTrue();

    Write write = index.write();
    graph.remove(write, function);
    write.commit();

    assertThat(mayRead(BOB, Set.of(function), module)).isFalse();
    assertThat(owner(message("function", module))).isEqualTo(function);
    assertThat(mayRead(BOB, Set.of(function), module)).isTrue();
  }

  @Test
  void whatATokenLetReadEndsWithItWhatWasAnsweredStays() {
    Cid module = owner(bytes("module"));
    Cid function = owner(message("function", module));
    Cid result = owner(bytes("result"));
    Write write = index.write();
    graph.grant(write, BOB, result);
    write.commit();

    assertThat(mayRead(BOB, Set.of(function), module)).isTrue();
    assertThat(mayRead(BOB, NOTHING, module)).isFalse();
    assertThat(mayRead(BOB, NOTHING, result)).isTrue();
  }

  @Test
  void theWayFromACallToItsReceiptGivesNobodyAnything() {
    Cid receipt = owner(message("receipt"));
    Cid call = Cid.of(bytes("call"));
    Write write = index.write();
    graph.link(write, call, receipt);
    write.commit();

    assertThat(mayRead(MALLORY, Set.of(call), receipt)).isFalse();
  }

  @Test
  void aFileDeepInATreeIsReadByWhoeverHoldsTheTree() {
    Cid file = owner(bytes("leaf"));
    Cid at = file;
    for (int i = 0; i < 50; i++) {
      at = owner(message("tree", at, owner(bytes("beside " + i))));
    }

    assertThat(mayRead(BOB, Set.of(at), file)).isTrue();
  }

  @Test
  void nobodyCanBuryWhatIsSharedUnderLinksOfTheirOwn() {
    Cid module = owner(bytes("module"));
    Cid function = owner(message("function", module));
    Write write = index.write();
    for (int i = 0; i < 100_000; i++) {
      // Mallory may read the module, too, and links to it as often as they like.
      Cid spam = Cid.of(bytes("spam " + i));
      write.put(Table.BACKLINKS, row(module, spam), new byte[0]);
      write.put(Table.LINKS, row(spam, module), new byte[0]);
    }
    write.commit();

    assertThat(mayRead(BOB, Set.of(function), module)).isTrue();
    Cid other = owner(bytes("something else"));
    assertThat(mayRead(BOB, Set.of(other), module)).isFalse();
    // The shorter end decides how much is looked at.
    Search search = new Search(index, Set.of(other), module);
    assertThat(search.connected()).isFalse();
    assertThat(search.turns()).isLessThan(3);
  }

  @Test
  void aPrincipalIsOneWhole() {
    assertThatThrownBy(() -> mayRead("did:key:a\0b", NOTHING, Cid.of(bytes("x"))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private Cid owner(byte[] bytes) {
    Cid cid = content.put(bytes).cid();
    Write write = index.write();
    graph.add(write, cid, _ -> false);
    write.commit();
    return cid;
  }

  /// As the kernel does it: what the principal can't read now is hidden.
  private Cid put(String principal, Set<Cid> named, byte[] bytes) {
    Cid cid = content.put(bytes).cid();
    Set<Cid> hidden = new HashSet<>();
    if (Message.begins(bytes)) {
      for (Cid link : links(bytes)) {
        if (!content.has(link) || !mayRead(principal, named, link)) {
          hidden.add(link);
        }
      }
    }
    Write write = index.write();
    graph.add(write, cid, hidden::contains);
    graph.grant(write, principal, cid);
    write.commit();
    return cid;
  }

  private static List<Cid> links(byte[] bytes) {
    try {
      return Message.decode(bytes).links();
    } catch (MalformedException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] message(String kind, Cid... links) {
    Cid slot = Protocols.find(kind).orElseGet(() -> Cid.of(bytes("of a user: " + kind)));
    return Message.of(slot, Item.array(Stream.of(links).map(Item::of).toList())).bytes();
  }

  private static byte[] row(Cid near, Cid far) {
    return ByteBuffer.allocate(65).put(near.digest()).put((byte) 1).put(far.digest()).array();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
