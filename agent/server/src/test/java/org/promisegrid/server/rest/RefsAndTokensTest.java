package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.Request;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Web;

@QuarkusTest
@QuarkusTestResource(Owner.class)
final class RefsAndTokensTest {

  @Inject Kernel kernel;

  private final Web web = new Web(Owner.everything());

  private static String head(String cid) {
    return Web.object(Map.of("head", cid));
  }

  @Test
  void aRefMovesOnlyFromWhatItPointsTo() throws Exception {
    String one = web.put("one".getBytes(UTF_8));
    String two = web.put("two".getBytes(UTF_8));

    var made = web.json("PUT", "/refs/moves", head(one));
    var late = web.json("PUT", "/refs/moves", head(two));
    var moved = web.json("PUT", "/refs/moves", head(two), "If-Match", "\"" + one + "\"");
    var log = web.get("/refs/moves/log");

    assertThat(made.statusCode()).isEqualTo(200);
    assertThat(made.headers().firstValue("ETag")).contains("\"" + one + "\"");
    assertThat(late.statusCode()).isEqualTo(409);
    assertThat(Web.text(late, "code")).isEqualTo("conflict");
    assertThat(Web.text(late, "head")).isEqualTo(one);
    assertThat(moved.statusCode()).isEqualTo(200);
    assertThat(Web.text(log, "entries")).contains(one).contains(two);
  }

  @Test
  void aRefIsTaggedByItsHead() throws Exception {
    String cid = web.put("tagged".getBytes(UTF_8));
    web.json("PUT", "/refs/tagged/deep/name", head(cid));

    var got = web.get("/refs/tagged/deep/name");
    var same =
        web.send(
            web.request("/refs/tagged/deep/name").header("If-None-Match", "\"" + cid + "\"").GET());

    assertThat(Web.text(got, "head")).isEqualTo(cid);
    assertThat(same.statusCode()).isEqualTo(304);
  }

  @Test
  void refsAreListedPageByPage() throws Exception {
    String cid = web.put("listed".getBytes(UTF_8));
    for (String name : new String[] {"page/a", "page/b", "page/c"}) {
      web.json("PUT", "/refs/" + name, head(cid));
    }

    var first = web.get("/refs?prefix=page/&limit=2");
    var second = web.get("/refs?prefix=page/&limit=2&after=" + Web.text(first, "next"));

    assertThat(Web.text(first, "refs")).contains("page/a").doesNotContain("page/c");
    assertThat(Web.text(second, "refs")).contains("page/c").doesNotContain("page/b");
  }

  @Test
  void namesAndTagsThatAreNoneAreRefused() throws Exception {
    String cid = web.put("refused".getBytes(UTF_8));

    assertThat(web.json("PUT", "/refs/UPPER", head(cid)).statusCode()).isEqualTo(422);
    assertThat(web.json("PUT", "/refs/a", head(cid), "If-Match", cid).statusCode()).isEqualTo(400);
    assertThat(web.json("PUT", "/refs/a", head("bafk")).statusCode()).isEqualTo(400);
    assertThat(web.get("/refs/never-made").statusCode()).isEqualTo(404);
    assertThat(web.get("/refs?limit=0").statusCode()).isEqualTo(422);
    assertThat(web.get("/refs?limit=many").statusCode()).isEqualTo(400);
  }

  @Test
  void ownerGrantsUsesAndTakesBack() throws Exception {
    Chain chain = Owner.bearer(new String[] {"agent.status", "token.list"});
    Web holder = new Web(chain.text());
    assertThat(holder.get("/status").statusCode()).isEqualTo(200);
    assertThat(Web.text(holder.get("/tokens"), "tokens")).contains(chain.leaf().toString());

    var uncovered = holder.get("/refs");
    Chain other = Owner.bearer(new String[] {"agent.status"});
    assertThat(new Web(other.text()).get("/status").statusCode()).isEqualTo(200);
    var ofOther = holder.send(holder.request("/tokens/" + other.leaf()).DELETE());
    var byOwner =
        kernel.handle(
            new Request(
                Owner.call("token.revoke", Item.table().put("token", chain.leaf()).build()),
                "test"));
    var after = holder.get("/status");
    var unread = holder.json("POST", "/tokens/revoke", "nothing that anybody could read");

    assertThat(uncovered.statusCode()).isEqualTo(404);
    assertThat(ofOther.statusCode()).isEqualTo(404);
    assertThat(byOwner.payload()).isInstanceOf(Payload.Kept.class);
    assertThat(after.statusCode()).isEqualTo(403);
    assertThat(Web.text(after, "code")).isEqualTo("revoked");
    assertThat(Web.text(after, "token")).isEqualTo(chain.leaf().toString());
    assertThat(Web.text(unread, "code")).isEqualTo("revoked");
  }

  @Test
  void whoseTokenIsForRevokingTakesBackWhatItsIssuerCould() throws Exception {
    Chain chain = Owner.bearer(new String[] {"agent.status"});
    assertThat(new Web(chain.text()).get("/status").statusCode()).isEqualTo(200);
    Web warden = new Web(Owner.bearer(new String[] {"token.revoke"}).text());

    var taken = warden.send(warden.request("/tokens/" + chain.leaf()).DELETE());
    var root = warden.send(warden.request("/tokens/" + Owner.rootToken()).DELETE());

    assertThat(taken.statusCode()).as(new String(taken.body(), UTF_8)).isEqualTo(200);
    assertThat(new Web(chain.text()).get("/status").statusCode()).isEqualTo(403);
    assertThat(root.statusCode()).isEqualTo(422);
  }

  @Test
  void aTokenIsNamedByItsCidOrItsChain() throws Exception {
    Chain chain = Owner.bearer(new String[] {"agent.status"});

    var text = web.json("POST", "/tokens/revoke", Web.object(Map.of("token", chain.text())));
    var name =
        web.json("POST", "/tokens/revoke", Web.object(Map.of("token", chain.leaf().toString())));
    var nonsense = web.json("POST", "/tokens/revoke", Web.object(Map.of("token", "x y")));

    assertThat(text.statusCode()).as(new String(text.body(), UTF_8)).isEqualTo(200);
    assertThat(name.statusCode()).isEqualTo(200);
    assertThat(new Web(chain.text()).get("/status").statusCode()).isEqualTo(403);
    assertThat(nonsense.statusCode()).isEqualTo(400);
  }
}
