package org.promisegrid.server.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.Request;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Framing;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.server.Examples;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Until;
import org.promisegrid.server.Web;

/// What a call takes that goes on without its caller.
@QuarkusTest
@QuarkusTestResource(Owner.class)
final class LaterTest {

  private static final long ALL = 1 << 20;

  @Inject Session session;
  @Inject Visits visits;
  @Inject Kernel kernel;

  private final Room room = new Room(ALL, Duration.ofMillis(1));

  private static Terms later(int number) {
    byte[] nonce = new byte[16];
    nonce[0] = (byte) number;
    nonce[1] = 77;
    return Terms.builder().nonce(nonce).later(true).build();
  }

  private Payload answer(Call call, long bytes) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Room.Part part = room.take(bytes, Optional.empty());
        Visit visit = visits.begin(() -> {})) {
      session.answer(
          call.message().bytes(), InputStream.nullInputStream(), out, "test", 0, true, visit, part);
    }
    byte[] message = Framing.read(new ByteArrayInputStream(out.toByteArray())).orElseThrow();
    return Answer.decode(Message.decode(message)).payload();
  }

  private void cancel(Call call) throws Exception {
    Item.Table name = Item.table().put("call", call.cid()).build();
    assertThat(kernel.handle(new Request(Owner.call("call.cancel", name), "test")).payload())
        .isInstanceOf(Payload.Kept.class);
  }

  @Test
  void isHeldUntilItIsAnsweredAndNotUntilItIsPromised() throws Exception {
    Cid spin = Examples.spin(new Web(Owner.everything()));
    Call call = Owner.call(spin, Item.EMPTY, Input.none(), later(1));

    assertThat(answer(call, 100 << 10)).isEqualTo(new Payload.Promised());
    assertThat(room.free()).isEqualTo(ALL - (400 << 10));
    cancel(call);

    Until.holds("it is free again", () -> room.free() == ALL);
  }

  @Test
  void isItsCallersShareAndNoMore() throws Exception {
    Cid spin = Examples.spin(new Web(Owner.everything()));
    Chain chain = Owner.bearer(new String[0], spin);
    Call first = call(spin, chain, 2);
    Call second = call(spin, chain, 3);
    Call others = call(spin, Owner.bearer(new String[0], spin), 4);

    assertThat(answer(first, 64 << 10)).isEqualTo(new Payload.Promised());
    assertThat(answer(second, 64 << 10))
        .isInstanceOfSatisfying(
            Payload.NotPromised.class,
            refusal -> {
              assertThat(refusal.reason()).isEqualTo(Answer.Reason.EXHAUSTED);
              assertThat(refusal.more().get("limit")).contains((Item) Item.of("calls"));
            });
    assertThat(answer(others, 64 << 10)).isEqualTo(new Payload.Promised());
    cancel(first);
    cancel(others);

    Until.holds("it is free again", () -> room.free() == ALL);
  }

  @Test
  void isNothingWhereItIsRefused() throws Exception {
    Cid spin = Examples.spin(new Web(Owner.everything()));
    Call call = Call.of(spin, Item.EMPTY, Input.none(), later(5), List.of(), Optional.empty());

    assertThat(answer(call, 64 << 10))
        .isInstanceOfSatisfying(
            Payload.NotPromised.class,
            refusal -> assertThat(refusal.reason()).isEqualTo(Answer.Reason.UNAUTHORIZED));
    assertThat(room.free()).isEqualTo(ALL);
  }

  private static Call call(Cid function, Chain chain, int number) {
    return Call.of(
        function,
        Item.EMPTY,
        Input.none(),
        later(number),
        chain.links().stream().map(Item.Bytes::value).toList(),
        Optional.empty());
  }
}
