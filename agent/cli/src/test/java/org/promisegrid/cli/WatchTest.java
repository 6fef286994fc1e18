package org.promisegrid.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

final class WatchTest {

  private static final Cid CALL = Cid.of(new byte[] {1});

  @TempDir private Path folder = Path.of("");

  private static byte[] event(String kind, Item.Table detail) {
    return FakeAgent.frame(new Event(0, Instant.EPOCH, kind, detail).toMessage().bytes());
  }

  private static byte[] wrote(String kind, int at, String text) {
    return event(
        kind,
        Item.table()
            .put("at", at)
            .put("bytes", Item.of(text.getBytes(StandardCharsets.UTF_8)))
            .build());
  }

  private static byte[] notPromised(String reason) {
    return event("ended", Item.table().put("reason", reason).build());
  }

  private FakeAgent.Ended watch(byte[]... events) throws IOException {
    return watch(new String[] {"watch", CALL.toString()}, events);
  }

  private FakeAgent.Ended watch(String[] arguments, byte[]... events) throws IOException {
    FakeAgent[] self = new FakeAgent[1];
    try (FakeAgent agent =
        new FakeAgent(
            folder,
            call -> {
              ByteArrayOutputStream all = new ByteArrayOutputStream();
              all.writeBytes(self[0].kept(call, Item.table().put("call", CALL).build()));
              for (byte[] event : events) {
                all.writeBytes(event);
              }
              return all.toByteArray();
            })) {
      self[0] = agent;
      agent.hangUpAfterNext();
      return agent.run(arguments);
    }
  }

  @Test
  void whatItWritesIsShownWhereItWrites() throws IOException {
    FakeAgent.Ended ended =
        watch(
            wrote("output", 0, "one "),
            wrote("log", 0, "hm\n"),
            wrote("output", 4, "two"),
            notPromised("unable"));
    assertThat(ended.out()).isEqualTo("one two");
    assertThat(ended.err()).startsWith("hm\ngrid: nothing was promised for the call: unable");
    assertThat(ended.code()).isEqualTo(125);
  }

  @Test
  void whatIsMissingIsTold() throws IOException {
    FakeAgent.Ended ended =
        watch(wrote("output", 0, "one"), wrote("output", 10, "two"), notPromised("unable"));
    assertThat(ended.err()).contains("7 bytes of its output aren't shown");
  }

  @Test
  void aRunThatBeginsAnewSaysSo() throws IOException {
    FakeAgent.Ended ended =
        watch(
            wrote("output", 0, "one"),
            event("again", Item.EMPTY),
            wrote("output", 0, "one"),
            notPromised("unable"));
    assertThat(ended.err()).contains("what was shown is void").doesNotContain("aren't shown");
  }

  @Test
  void aStreamThatBreaksOffIsNoEnd() throws IOException {
    FakeAgent.Ended ended = watch(wrote("output", 0, "one"));
    assertThat(ended.code()).isEqualTo(125);
    assertThat(ended.err()).contains("no more of the call before it ended");
  }

  @Test
  void forProgramsEachEventIsALineOfJson() throws IOException {
    FakeAgent.Ended ended =
        watch(
            new String[] {"watch", CALL.toString(), "-o", "json"},
            wrote("output", 0, "one"),
            notPromised("unable"));
    assertThat(ended.out().lines()).hasSize(2).allMatch(line -> line.startsWith("{\"kind\":"));
  }
}
