package org.promisegrid.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Usage;

/// What an end means.
final class ExitTest {

  private static byte[] body(int how, int value, int reason) {
    return ByteBuffer.allocate(Exit.SIZE)
        .put((byte) how)
        .put((byte) value)
        .put((byte) reason)
        .putLong(1)
        .putLong(2)
        .putLong(3)
        .putLong(4)
        .putLong(5)
        .putLong(6)
        .array();
  }

  static Stream<Arguments> outcomes() {
    return Stream.of(
        Arguments.of(0, 0, 0, new Outcome.Exited(0)),
        Arguments.of(0, 255, 0, new Outcome.Exited(255)),
        Arguments.of(1, 9, 0, new Outcome.Faulted("ended by signal 9 (SIGKILL)")),
        Arguments.of(1, 40, 0, new Outcome.Faulted("ended by signal 40")),
        Arguments.of(1, 9, 1, new Outcome.Exceeded(Limit.TIME)),
        Arguments.of(1, 9, 2, new Outcome.Exceeded(Limit.OUTPUT)),
        Arguments.of(1, 9, 3, new Outcome.Exceeded(Limit.MEMORY)),
        Arguments.of(1, 9, 4, new Outcome.Lost("it was ended because its agent was gone")),
        Arguments.of(
            1, 9, 5, new Outcome.Lost("it was ended because its output couldn't be kept")));
  }

  @ParameterizedTest
  @MethodSource
  void outcomes(int how, int value, int reason, Outcome outcome) throws Exception {
    assertThat(Exit.of(body(how, value, reason)).outcome()).isEqualTo(outcome);
  }

  @Test
  void itTellsWhatWasUsed() throws Exception {
    Exit exit = Exit.of(body(0, 3, 0));
    assertThat(exit.ending())
        .isEqualTo(new Ending(new Outcome.Exited(3), new Usage(Duration.ofNanos(5_000), 4)));
    assertThat(exit.took()).isEqualTo(Duration.ofNanos(1_000));
    assertThat(exit.out()).isEqualTo(5);
    assertThat(exit.err()).isEqualTo(6);
  }

  @Test
  void anythingElseIsNoEnd() {
    byte[] negative = body(0, 0, 0);
    negative[3] = -1;
    for (byte[] body : new byte[][] {{}, new byte[Exit.SIZE + 1], body(2, 0, 0), negative}) {
      assertThatExceptionOfType(BrokenProtocolException.class).isThrownBy(() -> Exit.of(body));
    }
  }
}
