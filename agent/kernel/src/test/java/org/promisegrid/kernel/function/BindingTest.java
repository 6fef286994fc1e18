package org.promisegrid.kernel.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;

final class BindingTest {

  private static final Cid FUNCTION = Cid.of(new byte[] {1});

  @Test
  void aBindingIsReadAsItWasWritten() throws Exception {
    Binding binding = new Binding(FUNCTION, Terms.builder().within(Duration.ofSeconds(5)).build());
    Message message = Message.decode(binding.message().bytes());
    assertThat(Binding.isOne(message)).isTrue();
    assertThat(Binding.of(message)).isEqualTo(binding);
    assertThat(binding.cid()).isEqualTo(message.cid());
    assertThat(message.links()).contains(FUNCTION);
  }

  @Test
  void raisingALimitChangesTheBindingAndNotTheFunction() {
    Binding slow = new Binding(FUNCTION, Terms.builder().within(Duration.ofSeconds(5)).build());
    Binding slower = new Binding(FUNCTION, Terms.builder().within(Duration.ofSeconds(9)).build());
    assertThat(slow.cid()).isNotEqualTo(slower.cid());
    assertThat(slow.function()).isEqualTo(slower.function());
  }

  @Test
  void termsOfOneCallDontBelongInIt() {
    Terms nonce = Terms.builder().nonce(new byte[Terms.NONCE_SIZE]).build();
    Terms reply = Terms.builder().reply(FUNCTION).build();
    assertThatIllegalArgumentException().isThrownBy(() -> new Binding(FUNCTION, nonce));
    assertThatIllegalArgumentException().isThrownBy(() -> new Binding(FUNCTION, reply));
    assertRefused(Item.table().put("function", FUNCTION).put("terms", nonce.toItem()).build());
  }

  @Test
  void whatIsNoBindingIsRefused() {
    assertRefused(Item.EMPTY);
    assertRefused(Item.NULL);
    assertRefused(Item.table().put("function", FUNCTION).build());
    assertRefused(Item.table().put("function", "x").put("terms", Item.EMPTY).build());
    assertRefused(
        Item.table().put("function", FUNCTION).put("terms", Item.EMPTY).put("x", 1).build());
    assertThatThrownBy(() -> Binding.of(Message.of(FUNCTION, Item.EMPTY)))
        .isInstanceOf(MalformedException.class);
  }

  private static void assertRefused(Item body) {
    assertThatThrownBy(() -> Binding.of(Message.of(Binding.PROTOCOL, body)))
        .isInstanceOf(MalformedException.class);
  }
}
