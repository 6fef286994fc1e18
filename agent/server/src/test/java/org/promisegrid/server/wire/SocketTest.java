package org.promisegrid.server.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Framing;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.server.Examples;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Until;
import org.promisegrid.server.Web;

@QuarkusTest
@QuarkusTestResource(Owner.class)
final class SocketTest {

  @Inject Kernel kernel;

  private Plug plug;

  @BeforeEach
  void connect() throws IOException {
    plug = new Plug(Path.of(Owner.agent("socket")));
  }

  @AfterEach
  void leave() throws IOException {
    plug.close();
  }

  private static Call status() {
    return Owner.call("agent.status", Item.EMPTY);
  }

  private static Call put(byte[] bytes, Cid cid) {
    return Owner.call(
        "content.put", Item.table().put("size", bytes.length).put("cid", cid).build());
  }

  private static byte[] some(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static Reason reason(Payload payload) {
    assertThat(payload).isInstanceOf(Payload.NotPromised.class);
    return ((Payload.NotPromised) payload).reason();
  }

  @Test
  void theSocketIsForItsOwnerOnly() throws Exception {
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(Path.of(Owner.agent("socket")))))
        .isEqualTo("rw-------");
  }

  @Test
  void manyCallsAreAnsweredOnOneConnection() throws Exception {
    for (int i = 0; i < 20; i++) {
      assertThat(plug.ask(status())).isInstanceOf(Payload.Kept.class);
    }
  }

  @Test
  void callsThatDidNotWaitAreAnsweredInTheirOrder() throws Exception {
    List<Call> calls =
        List.of(status(), Owner.call("ref.list", Item.EMPTY), Owner.call("call.list", Item.EMPTY));
    for (Call call : calls) {
      plug.send(call);
    }

    for (Call call : calls) {
      assertThat(plug.answer().call()).isEqualTo(call.cid());
    }
  }

  @Test
  void whatIsPutFollowsTheCallAndWhatIsGotFollowsTheAnswer() throws Exception {
    for (int size : new int[] {0, 1, 1000, 2_000_000}) {
      byte[] bytes = some(size);
      plug.send(put(bytes, Cid.of(bytes)));
      plug.send(bytes);
      assertThat(plug.answer().payload()).isInstanceOf(Payload.Kept.class);

      assertThat(plug.ask(Owner.call("content.get", named(Cid.of(bytes)))))
          .isInstanceOf(Payload.Kept.class);
      assertThat(plug.bytes(size)).isEqualTo(bytes);
    }
  }

  private static Item.Table named(Cid cid) {
    return Item.table().put("cid", cid).build();
  }

  @Test
  void theNextCallComesAfterTheBytesOfOneThatWasRefused() throws Exception {
    byte[] bytes = some(1_500_000);

    plug.send(put(bytes, Cid.of(some(5))));
    plug.send(bytes);
    Reason wrongName = reason(plug.answer().payload());
    Call stranger =
        new Call.Request(
                Protocols.cid("content.put"),
                Item.table().put("size", bytes.length).build(),
                Input.none(),
                Terms.NONE)
            .proved(List.of(), Optional.empty());
    plug.send(stranger);
    plug.send(bytes);
    Reason noToken = reason(plug.answer().payload());

    assertThat(wrongName).isEqualTo(Reason.INVALID);
    assertThat(noToken).isEqualTo(Reason.UNAUTHORIZED);
    assertThat(plug.ask(status())).isInstanceOf(Payload.Kept.class);
  }

  @Test
  void aPutThatIsCutOffKeepsNothing() throws Exception {
    byte[] bytes = some(300_000);

    try (Plug broken = new Plug(Path.of(Owner.agent("socket")))) {
      broken.send(put(bytes, Cid.of(bytes)));
      broken.send(Arrays.copyOf(bytes, 200_000));
    }

    assertThat(reason(plug.ask(Owner.call("content.has", named(Cid.of(bytes))))))
        .isEqualTo(Reason.ABSENT);
  }

  @Test
  void bytesThatAreNoMessageAreAnsweredAndTheStreamGoesOn() throws Exception {
    byte[] nonsense = "nonsense".getBytes(UTF_8);

    plug.send(Plug.frame(nonsense));
    Answer answer = plug.answer();

    assertThat(answer.call()).isEqualTo(Cid.of(nonsense));
    assertThat(reason(answer.payload())).isEqualTo(Reason.MALFORMED);
    assertThat(plug.ask(status())).isInstanceOf(Payload.Kept.class);
  }

  @Test
  void aFrameThatIsTooLongIsAnsweredAndEndsTheStream() throws Exception {
    plug.send(new byte[] {1, 0, 0, 1});

    assertThat(reason(plug.answer().payload())).isEqualTo(Reason.MALFORMED);
    assertThat(plug.isOver()).isTrue();
  }

  @Test
  void aFrameOfNothingIsAnsweredAndEndsTheStream() throws Exception {
    plug.send(new byte[4]);

    assertThat(reason(plug.answer().payload())).isEqualTo(Reason.MALFORMED);
    assertThat(plug.isOver()).isTrue();
  }

  @Test
  void aCallerWhoHangsUpLeavesTheCall() throws Exception {
    Cid spin = Examples.spin(new Web(Owner.everything()));
    plug.send(
        Owner.call(spin, Item.EMPTY, Input.none(), Terms.builder().nonce(new byte[16]).build()));
    Until.holds("the run began", () -> kernel.measures().running() > 0);

    plug.close();

    Until.holds("the run was taken back", () -> kernel.measures().running() == 0);
  }

  @Test
  void aCallForLaterGoesOnWithoutItsCaller() throws Exception {
    Cid spin = Examples.spin(new Web(Owner.everything()));
    byte[] nonce = new byte[16];
    nonce[0] = 1;
    Call call =
        Owner.call(
            spin, Item.EMPTY, Input.none(), Terms.builder().nonce(nonce).later(true).build());

    assertThat(plug.ask(call)).isEqualTo(new Payload.Promised());
    plug.close();

    Item.Table name = Item.table().put("call", call.cid()).build();
    try (Plug other = new Plug(Path.of(Owner.agent("socket")))) {
      assertThat(reason(other.ask(Owner.call("call.await", name)))).isEqualTo(Reason.DEADLINE);
      assertThat(other.ask(Owner.call("call.cancel", name))).isInstanceOf(Payload.Kept.class);
      Payload.Kept kept =
          (Payload.Kept)
              other.ask(
                  Owner.call(
                      "call.await",
                      Item.table().put("call", call.cid()).put("within", 600_000).build()));
      Item.Bytes message = (Item.Bytes) ((Item.Table) kept.value()).get("message").orElseThrow();
      assertThat(Answer.decode(Message.decode(message.value())).payload())
          .isInstanceOf(Payload.Receipted.class);
    }
  }

  @Test
  void aCallForLaterThatIsRefusedIsToldSoAtOnce() throws Exception {
    Cid absent = Cid.of(some(33));

    assertThat(
            reason(
                plug.ask(
                    Owner.call(
                        absent,
                        Item.EMPTY,
                        Input.none(),
                        Terms.builder().nonce(new byte[16]).later(true).build()))))
        .isEqualTo(Reason.ABSENT);
  }

  @Test
  void eventsFollowTheirAnswerUntilTheCallerLeaves() throws Exception {
    plug.send(Owner.call("agent.events", Item.table().put("follow", true).build()));
    assertThat(plug.answer().payload()).isInstanceOf(Payload.Kept.class);
    Event first = Event.decode(plug.message());
    byte[] bytes = some(77);

    try (Plug other = new Plug(Path.of(Owner.agent("socket")))) {
      other.send(put(bytes, Cid.of(bytes)));
      other.send(bytes);
      assertThat(other.answer().payload()).isInstanceOf(Payload.Kept.class);
    }
    Event event = first;
    while (!event.detail().get("cid").equals(Optional.of(Item.of(Cid.of(bytes))))) {
      event = Event.decode(plug.message());
    }

    assertThat(event.kind()).isEqualTo("put");
    assertThat(event.offset()).isGreaterThan(first.offset());
  }

  @Test
  void eventsWithAnEndAreFollowedByTheNextAnswer() throws Exception {
    plug.send(Owner.call("agent.events", Item.EMPTY));
    plug.send(status());
    assertThat(plug.answer().payload()).isInstanceOf(Payload.Kept.class);

    Message message = plug.message();
    while (message.function().equals(Optional.of(Protocols.EVENT))) {
      message = plug.message();
    }

    assertThat(Answer.decode(message).payload()).isInstanceOf(Payload.Kept.class);
  }

  @Test
  void manyCallersAreServedAtOnce() throws Exception {
    try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Payload>> work =
          IntStream.range(0, 300)
              .<Callable<Payload>>mapToObj(_ ->
                  () -> {
                    try (Plug mine = new Plug(Path.of(Owner.agent("socket")))) {
                      return mine.ask(status());
                    }
                  })
              .toList();

      for (Future<Payload> payload : callers.invokeAll(work)) {
        assertThat(payload.get()).isInstanceOf(Payload.Kept.class);
      }
    }
  }

  @Test
  void theSameStreamGoesThroughHttp() throws Exception {
    Web web = new Web("");
    byte[] bytes = some(400_000);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    Framing.write(body, put(bytes, Cid.of(bytes)).message());
    body.write(bytes);

    var put =
        web.send(
            web.request("/grid")
                .header("Content-Type", "application/vnd.promisegrid")
                .POST(BodyPublishers.ofByteArray(body.toByteArray())));
    var got =
        web.send(
            web.request("/grid")
                .header("Content-Type", "application/vnd.promisegrid")
                .POST(
                    BodyPublishers.ofByteArray(
                        Plug.frame(
                            Owner.call("content.get", named(Cid.of(bytes))).message().bytes()))));

    assertThat(put.statusCode()).isEqualTo(200);
    assertThat(got.headers().firstValue("Content-Type")).contains("application/vnd.promisegrid");
    ByteArrayInputStream stream = new ByteArrayInputStream(got.body());
    assertThat(Answer.decode(Message.decode(Framing.read(stream).orElseThrow())).payload())
        .isInstanceOf(Payload.Kept.class);
    assertThat(stream.readAllBytes()).isEqualTo(bytes);
  }
}
