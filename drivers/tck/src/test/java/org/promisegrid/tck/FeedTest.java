package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InterruptedIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
class FeedTest {

  @Test
  void aCompleteInputIsReadToItsEnd() throws IOException {
    assertThat(Feed.of(Bench.utf8("abc")).readAllBytes()).isEqualTo(Bench.utf8("abc"));
    assertThat(Feed.of(new byte[0]).read()).isEqualTo(-1);
  }

  @Test
  void aHeldInputEndsWhenItIsTold() throws InterruptedException {
    Feed feed = Feed.held(Bench.utf8("abc"));
    Attempt<byte[]> reading = Attempt.of(feed::readAllBytes);
    feed.awaitReader();
    assertThat(reading.isDone()).isFalse();
    feed.end();
    assertThat(reading.result()).isEqualTo(Bench.utf8("abc"));
    feed.awaitNoReader();
  }

  @Test
  void anInterruptedReaderGivesUpAndStaysInterrupted() throws InterruptedException {
    Feed feed = Feed.held();
    Attempt<Boolean> reading =
        Attempt.of(() -> {
          try {
            return feed.read() == 0;
          } catch (InterruptedIOException _) {
            return Thread.currentThread().isInterrupted();
          }
        });
    feed.awaitReader();
    reading.interrupt();
    assertThat(reading.result()).isTrue();
    feed.awaitNoReader();
  }
}
