package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.server.Examples;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Web;

@QuarkusTest
@QuarkusTestResource(Owner.class)
final class ContentTest {

  private final Web web = new Web(Owner.everything());

  private static byte[] some(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 70_000, 3_000_000})
  void bytesThatWerePutComeBackWhole(int size) throws Exception {
    byte[] bytes = some(size, size);

    String cid = web.put(bytes);
    var got = web.get("/content/" + cid);

    assertThat(cid).isEqualTo(Cid.of(bytes).toString());
    assertThat(got.statusCode()).isEqualTo(200);
    assertThat(got.body()).isEqualTo(bytes);
    assertThat(got.headers().firstValue("ETag")).contains("\"" + cid + "\"");
    assertThat(got.headers().firstValue("Content-Type")).contains("application/octet-stream");
    assertThat(got.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
  }

  @Test
  void whatIsNewIsCreatedAndWhatWasThereIsNot() throws Exception {
    byte[] bytes = some(99, 99);

    var first = web.post("/content", bytes);
    var second = web.post("/content", bytes);

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(first.headers().firstValue("Location")).contains("/content/" + Cid.of(bytes));
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(Web.at(second, "new")).isEqualTo(Item.FALSE);
  }

  @Test
  void aBodyOfUnknownLengthIsKeptToo() throws Exception {
    byte[] bytes = some(200_000, 5);

    var put =
        web.send(
            web.request("/content")
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes))));

    assertThat(Web.text(put, "cid")).isEqualTo(Cid.of(bytes).toString());
  }

  @Test
  void bytesThatHaveNotTheNameOrSumThatWasSaidAreNotKept() throws Exception {
    byte[] bytes = some(1000, 7);
    Cid other = Cid.of(some(1000, 8));

    var named = web.post("/content?cid=" + other, bytes);
    var summed = web.post("/content?expect=sha2-256:" + "00".repeat(32), bytes);

    assertThat(named.statusCode()).isEqualTo(422);
    assertThat(Web.text(named, "code")).isEqualTo("invalid");
    assertThat(summed.statusCode()).isEqualTo(422);
    assertThat(web.get("/content/" + Cid.of(bytes)).statusCode()).isEqualTo(404);
  }

  @Test
  void contentIsFoundByASumThatWasChecked() throws Exception {
    String sum =
        "sha2-512:"
            + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(some(10, 1)));

    var put = web.post("/content?expect=" + sum, some(10, 1));

    assertThat(put.statusCode()).isIn(200, 201);
    assertThat(web.get("/content/" + sum).body()).isEqualTo(some(10, 1));
  }

  @Test
  void aRangeIsAPart() throws Exception {
    String cid = web.put("0123456789".getBytes(UTF_8));

    var middle = web.send(web.request("/content/" + cid).header("Range", "bytes=2-4").GET());
    var rest = web.send(web.request("/content/" + cid).header("Range", "bytes=7-").GET());
    var last = web.send(web.request("/content/" + cid).header("Range", "bytes=-4").GET());
    var more = web.send(web.request("/content/" + cid).header("Range", "bytes=-400").GET());
    var none = web.send(web.request("/content/" + cid).header("Range", "bytes=-0").GET());
    var beyond = web.send(web.request("/content/" + cid).header("Range", "bytes=11-").GET());
    var atEnd = web.send(web.request("/content/" + cid).header("Range", "bytes=10-").GET());

    assertThat(middle.statusCode()).isEqualTo(206);
    assertThat(middle.body()).asString().isEqualTo("234");
    assertThat(middle.headers().firstValue("Content-Range")).contains("bytes 2-4/10");
    assertThat(rest.body()).asString().isEqualTo("789");
    assertThat(last.statusCode()).isEqualTo(206);
    assertThat(last.body()).asString().isEqualTo("6789");
    assertThat(last.headers().firstValue("Content-Range")).contains("bytes 6-9/10");
    assertThat(more.body()).asString().isEqualTo("0123456789");
    assertThat(none.statusCode()).isEqualTo(416);
    assertThat(beyond.statusCode()).isEqualTo(416);
    assertThat(atEnd.statusCode()).isEqualTo(416);
    assertThat(atEnd.headers().firstValue("Content-Range")).contains("bytes */10");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=-", "bytes=1-2,4-5", "bytes=5-2", "pages=1-2", "bytes=x-"})
  void aRangeThatIsNotOneOfOursIsPassedOver(String range) throws Exception {
    String cid = web.put("0123456789".getBytes(UTF_8));

    var whole = web.send(web.request("/content/" + cid).header("Range", range).GET());

    assertThat(whole.statusCode()).isEqualTo(200);
    assertThat(whole.body()).asString().isEqualTo("0123456789");
  }

  @Test
  void whatAClientHasIsNotSentAgain() throws Exception {
    String cid = web.put("known".getBytes(UTF_8));

    var same =
        web.send(
            web.request("/content/" + cid).header("If-None-Match", "\"x\", \"" + cid + "\"").GET());
    var other = web.send(web.request("/content/" + cid).header("If-None-Match", "\"x\"").GET());

    assertThat(same.statusCode()).isEqualTo(304);
    assertThat(same.body()).isEmpty();
    assertThat(other.statusCode()).isEqualTo(200);
  }

  @Test
  void headTellsTheSizeWithoutTheBytes() throws Exception {
    String cid = web.put("12345".getBytes(UTF_8));

    var there = web.send(web.request("/content/" + cid).HEAD());
    var absent = web.send(web.request("/content/" + Cid.of(new byte[] {9})).HEAD());

    assertThat(there.statusCode()).isEqualTo(200);
    assertThat(there.headers().firstValue("Content-Length")).contains("5");
    assertThat(absent.statusCode()).isEqualTo(404);
  }

  @Test
  void someoneElsesContentIsAbsent() throws Exception {
    String cid = web.put("mine".getBytes(UTF_8));

    var got = new Web(Owner.everything()).get("/content/" + cid);

    assertThat(got.statusCode()).isEqualTo(404);
    assertThat(got.headers().firstValue("Content-Type")).contains("application/problem+json");
  }

  @Test
  void theGraphLeadsFromAFunctionToItsCode() throws Exception {
    Web same = new Web(Owner.everything());
    Cid function = Examples.wordcount(same, true);

    var down = same.get("/content/" + function + "/graph?direction=down&depth=1");

    assertThat(down.statusCode()).isEqualTo(200);
    assertThat(Web.text(down, "edges")).contains(function.toString());
    assertThat(same.get("/content/" + function + "/graph?direction=sideways").statusCode())
        .isEqualTo(422);
    assertThat(same.get("/content/" + function + "/tree").statusCode()).isEqualTo(422);
  }
}
