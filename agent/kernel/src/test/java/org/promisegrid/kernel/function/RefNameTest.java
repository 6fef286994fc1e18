package org.promisegrid.kernel.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;

final class RefNameTest {

  private static final NodeId NODE = new NodeId("did:key:z6MkNode");

  @ParameterizedTest
  @ValueSource(
      strings = {"a", "0", "thumb", "stacks/web", "a.b_c-d/1/2.", "log/a", "catalog", "a/logs"})
  void namesArePartsJoinedBySlashes(String text) {
    assertThat(new RefName(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "a/..",
        "a/../b",
        "a/.git",
        "-a",
        "A",
        "ä",
        "a b",
        "a\n",
        "log",
        "a/log",
        "bafkreifgwrw5bunol2dmxshtpz24523hmarqyhfe766lbsl3s3ox3hcgjm"
      })
  void whatCouldBeTakenForSomethingElseIsNoName(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> new RefName(text));
  }

  @Test
  void aNameHasAtMost200Characters() {
    assertThat(new RefName("a".repeat(200)).text()).hasSize(200);
    assertThatIllegalArgumentException().isThrownBy(() -> new RefName("a".repeat(201)));
  }

  @Test
  void theSameNameOnTwoNodesIsTwoRefs() throws Exception {
    RefName name = new RefName("thumb");
    assertThat(name.cid(NODE)).isNotEqualTo(name.cid(new NodeId("did:key:z6MkOther")));
    Message identity = Message.decode(name.identity(NODE).bytes());
    assertThat(identity.cid()).isEqualTo(name.cid(NODE));
    assertThat(RefName.of(identity, NODE)).contains(name);
    assertThat(RefName.of(identity, new NodeId("did:key:z6MkOther"))).isEmpty();
  }

  @Test
  void anIdentityIsANodeAndAName() throws Exception {
    assertThat(RefName.of(Message.of(Cid.of(new byte[0])), NODE)).isEmpty();
    Message bad = Message.of(RefName.PROTOCOL, Item.of(NODE.did()), Item.of("../x"));
    assertThatThrownBy(() -> RefName.of(bad, NODE)).isInstanceOf(MalformedException.class);
    Message few = Message.of(RefName.PROTOCOL, Item.of(NODE.did()));
    assertThatThrownBy(() -> RefName.of(few, NODE)).isInstanceOf(MalformedException.class);
  }
}
