package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InterruptedIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.promisegrid.sandbox.OutputExceededException;

@Timeout(600)
class CollectorTest {

  @Test
  void theLimitIsTakenAndNotAByteMore() throws IOException {
    Collector collector = Collector.upTo(3);
    collector.write(Bench.utf8("ab"));
    collector.write('c');
    assertThatThrownBy(() -> collector.write('d')).isInstanceOf(OutputExceededException.class);
    assertThat(collector.text()).isEqualTo("abc");
  }

  @Test
  void whatFitsOfAWriteThatIsTooMuchIsTaken() {
    Collector collector = Collector.upTo(3);
    assertThatThrownBy(() -> collector.write(Bench.utf8("abcd")))
        .isInstanceOf(OutputExceededException.class);
    assertThat(collector.text()).isEqualTo("abc");
  }

  @Test
  void aSlowOneHoldsTheSecondWrite() throws InterruptedException {
    Collector collector = Collector.slow();
    Attempt<Boolean> writing = Attempt.of(() -> writeTwice(collector));
    collector.awaitWrite();
    assertThat(collector.text()).isEqualTo("ab");
    collector.open();
    assertThat(writing.result()).isTrue();
    assertThat(collector.text()).isEqualTo("abcd");
  }

  @Test
  void anInterruptedWriterGivesUp() throws InterruptedException {
    Collector collector = Collector.slow();
    Attempt<Boolean> writing = Attempt.of(() -> writeTwice(collector));
    collector.awaitWrite();
    writing.interrupt();
    assertThat(writing.failure()).isInstanceOf(InterruptedIOException.class);
    assertThat(collector.text()).isEqualTo("ab");
  }

  private static boolean writeTwice(Collector collector) throws IOException {
    collector.write(Bench.utf8("ab"));
    collector.write(Bench.utf8("cd"));
    return true;
  }
}
