package org.promisegrid.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.tck.Collector;
import org.promisegrid.tck.Feed;

/// Whatever is at the other end: a connection comes to an end, and leaves nothing.
@Timeout(120)
final class HostilePeerTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Pace QUICK =
      new Pace(Duration.ofMillis(10), Duration.ofMillis(10), Duration.ofMillis(100));
  private static final Command COMMAND = Command.of(List.of("program"));

  @TempDir Path folder;

  private final byte[] secret = new byte[ShimKey.SIZE];
  private final ShimKey key = ShimKey.of(secret);
  private final Collector out = Collector.unlimited();
  private final Stdio stdio = new Stdio(InputStream.nullInputStream(), out, Collector.unlimited());

  @AfterEach
  void noThreadIsLeft() throws IOException {
    Threads.assertNoneLeft(folder);
  }

  /// One end of a line within this process, spoken at by the test.
  private static final class Liar implements AutoCloseable {
    private final Cable down = new Cable();
    private final Cable up = new Cable();
    private final DataInputStream from = new DataInputStream(down.from);

    Liar() throws IOException {}

    Line line() {
      return new Line(up.from, down.to, this::close);
    }

    void say(byte[]... frames) throws IOException {
      for (byte[] frame : frames) {
        up.to.write(frame);
      }
    }

    /// The next frame's type.
    int hear() throws IOException {
      int length = from.readInt();
      int type = from.read();
      from.skipNBytes(length - 1);
      return type;
    }

    void hear(int type) throws IOException {
      while (hear() != type) {}
    }

    /// Listens on, and to nothing.
    void ignore() {
      Thread.ofVirtual()
          .start(() -> {
            try {
              from.transferTo(OutputStream.nullOutputStream());
            } catch (IOException _) {
              // it was hung up
            }
          });
    }

    void hangUp() throws IOException {
      up.to.close();
    }

    @Override
    public void close() {
      down.close();
      up.close();
    }
  }

  private static byte[] ready(int state, long input) {
    return Peer.frame(
        Peer.READY,
        ByteBuffer.allocate(46)
            .put(new byte[ShimKey.SIZE])
            .putInt(1000)
            .put((byte) state)
            .put((byte) 0)
            .putLong(input)
            .putLong(0)
            .putLong(0)
            .array());
  }

  private static byte[] started() {
    return Peer.frame(Peer.STARTED, new byte[4]);
  }

  private static byte[] output(int type, long offset, int size) {
    return Peer.frame(type, ByteBuffer.allocate(8 + size).putLong(offset).array());
  }

  private static byte[] exit(int how, int reason, long out) {
    return Peer.frame(
        Peer.EXIT,
        ByteBuffer.allocate(Exit.SIZE)
            .put((byte) how)
            .put((byte) 0)
            .put((byte) reason)
            .putLong(35, out)
            .array());
  }

  private ShimConnection greet(Liar liar) throws Exception {
    liar.say(ready(0, 0));
    return ShimConnection.greet(liar.line(), key, Pace.USUAL, PATIENCE);
  }

  @Test
  void whoNeverAnswersIsGivenUpThoughItTalks() throws Exception {
    try (Liar silent = new Liar();
        Liar chatty = new Liar()) {
      silent.ignore();
      chatty.ignore();
      Thread talk =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (true) {
                    chatty.say(ready(0, 0), new byte[9999]);
                  }
                } catch (IOException _) {
                  // it was hung up
                }
              });
      for (Liar liar : List.of(silent, chatty)) {
        assertThatExceptionOfType(ShimException.class)
            .isThrownBy(() -> ShimConnection.greet(liar.line(), other(), QUICK, SHORT))
            .withMessageContaining("no shim answered within");
      }
      talk.join();
    }
  }

  private static ShimKey other() {
    byte[] bytes = new byte[ShimKey.SIZE];
    Arrays.fill(bytes, (byte) 9);
    return ShimKey.of(bytes);
  }

  @Test
  void whoHangsUpAtOnceIsNoShim() throws Exception {
    try (Liar liar = new Liar()) {
      liar.hangUp();
      assertThatExceptionOfType(ShimException.class)
          .isThrownBy(() -> ShimConnection.greet(liar.line(), key, Pace.USUAL, PATIENCE))
          .withMessageContaining("its stream ended");
    }
  }

  @Test
  void helloIsSaidUntilItIsAnswered() throws Exception {
    try (Liar liar = new Liar()) {
      Thread answer =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (int i = 0; i < 5; i++) {
                    liar.hear(Peer.HELLO);
                  }
                  liar.say(ready(0, 0), ready(0, 0));
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      try (ShimConnection shim = ShimConnection.greet(liar.line(), key, QUICK, PATIENCE)) {
        answer.join();
        assertThat(shim.alive()).isTrue();
      }
    }
  }

  @Test
  void whoFallsSilentIsLost() throws Exception {
    try (Liar liar = new Liar()) {
      liar.ignore();
      liar.say(ready(0, 0), started());
      try (ShimConnection shim = ShimConnection.greet(liar.line(), key, QUICK, PATIENCE)) {
        assertThat(shim.await().outcome())
            .isEqualTo(new Outcome.Lost("it broke the protocol: a start of nothing"));
      }
    }
    try (Liar liar = new Liar()) {
      liar.ignore();
      liar.say(ready(0, 0));
      try (ShimConnection shim = ShimConnection.greet(liar.line(), key, QUICK, PATIENCE)) {
        assertThat(shim.await().outcome())
            .isEqualTo(new Outcome.Lost("it has been silent for PT0.1S"));
      }
    }
  }

  @Test
  void aLeaseIsKeptByPings() throws Exception {
    Pace calm = new Pace(SHORT, Duration.ofDays(1), Duration.ofDays(2));
    try (Liar liar = new Liar()) {
      liar.say(ready(0, 0));
      try (ShimConnection shim = ShimConnection.greet(liar.line(), key, calm, PATIENCE)) {
        Thread run =
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    shim.run(COMMAND.leased(Duration.ofMillis(90)), stdio);
                  } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                });
        liar.hear(Peer.RUN);
        liar.say(started());
        run.join();
        for (int i = 0; i < 5; i++) {
          liar.hear(Peer.PING);
        }
        liar.say(exit(0, 0, 0));
        assertThat(shim.await().outcome()).isEqualTo(new Outcome.Exited(0));
      }
    }
  }

  static Stream<Arguments> whatNoShimSays() {
    return Stream.of(
        Arguments.of("a gap", new byte[][] {output(Peer.OUT, 5, 3)}, "output at 5 after 0"),
        Arguments.of(
            "output again",
            new byte[][] {output(Peer.OUT, 0, 3), output(Peer.OUT, 0, 3)},
            "output at 0 after 3"),
        Arguments.of("no offset", new byte[][] {Peer.frame(Peer.OUT, new byte[7])}, "offset"),
        Arguments.of("behind the end", new byte[][] {output(Peer.ERR, -1, 3)}, "a count of"),
        Arguments.of("at the end", new byte[][] {output(Peer.ERR, Long.MAX_VALUE, 3)}, "output at"),
        Arguments.of("a frame too long", new byte[][] {{0, 1, 0, 1, Peer.OUT}}, "a frame of 65537"),
        Arguments.of("the longest", new byte[][] {{-1, -1, -1, -1}}, "a frame of 4294967295"),
        Arguments.of("an empty frame", new byte[][] {{0, 0, 0, 0}}, "a frame of 0"),
        Arguments.of("another type", new byte[][] {Peer.frame(99, new byte[0])}, "type 99"),
        Arguments.of("an agent's type", new byte[][] {Peer.frame(8, new byte[0])}, "type 8"),
        Arguments.of("a second start", new byte[][] {started()}, "a start of nothing"),
        Arguments.of(
            "a failure", new byte[][] {Peer.frame(Peer.FAIL, new byte[] {1})}, "a failure of"),
        Arguments.of("an end short of output", new byte[][] {exit(0, 0, 7)}, "an end that isn't"),
        Arguments.of("another way to end", new byte[][] {exit(2, 0, 0)}, "kind 2"),
        Arguments.of("another reason", new byte[][] {exit(0, 6, 0)}, "reason 6"),
        Arguments.of("no end", new byte[][] {Peer.frame(Peer.EXIT, new byte[3])}, "an EXIT of 3"),
        Arguments.of("input it wasn't sent", new byte[][] {ready(1, 1)}, "more input than"),
        Arguments.of(
            "another shim", new byte[][] {Peer.frame(Peer.READY, bytes(46))}, "another shim"));
  }

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) 1);
    return bytes;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void whatNoShimSays(String name, byte[][] frames, String why) throws Exception {
    try (Liar liar = new Liar()) {
      byte[][] said = Stream.concat(Stream.of(started()), Stream.of(frames)).toArray(byte[][]::new);
      try (ShimConnection shim = greet(liar)) {
        run(liar, shim, said);
        assertThat(shim.await().outcome())
            .isInstanceOfSatisfying(
                Outcome.Lost.class,
                lost ->
                    assertThat(lost.why())
                        .startsWith("it broke the protocol: ")
                        .containsIgnoringCase(why));
      }
    }
  }

  /// Runs something, and once the other was told so, it says these frames and hangs up.
  private void run(Liar liar, ShimConnection shim, byte[]... answer) throws Exception {
    Thread answering =
        Thread.ofVirtual()
            .start(() -> {
              try {
                liar.hear(Peer.RUN);
                liar.ignore();
                liar.say(answer);
                liar.hangUp();
              } catch (IOException _) {
                // it was hung up
              }
            });
    shim.run(COMMAND, stdio);
    answering.join();
  }

  @Test
  void whatBreaksOffAnywhereIsLost() throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(started());
    all.writeBytes(output(Peer.OUT, 0, 5));
    all.writeBytes(exit(0, 0, 5));
    byte[] whole = all.toByteArray();
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      try (Liar liar = new Liar()) {
        assertLost(liar, part);
      }
    }
  }

  private void assertLost(Liar liar, byte[] said) throws Exception {
    try (ShimConnection shim = greet(liar)) {
      run(liar, shim, said);
      assertThat(shim.await().outcome()).isInstanceOf(Outcome.Lost.class);
    }
  }

  @Test
  void whoDoesNotReadKeepsNobody() throws Exception {
    try (Liar liar = new Liar()) {
      ByteBuffer much = ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE);
      Feed in = Feed.of(new byte[16 << 20]);
      liar.say(ready(0, 0));
      ShimConnection shim = ShimConnection.greet(liar.line(), key, Pace.USUAL, PATIENCE);
      Thread running =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  shim.run(COMMAND, new Stdio(in, out, Collector.unlimited()));
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      liar.hear(Peer.RUN);
      liar.say(started(), Peer.frame(Peer.CREDIT, much.array()));
      running.join();
      // Its input fills the line: from here on no frame gets through.
      Thread caller = Thread.ofVirtual().start(() -> signalForEver(shim));
      caller.interrupt();
      caller.join();
      Thread stopping = Thread.ofVirtual().start(() -> stopForEver(shim));
      stopping.interrupt();
      stopping.join();
      shim.close();
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Stopped());
    }
  }

  private static void signalForEver(ShimConnection shim) {
    try {
      while (true) {
        shim.signal(1);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static void stopForEver(ShimConnection shim) {
    try {
      shim.stop(Duration.ofDays(1));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void nonsenseEndsInALoss() throws Exception {
    long seed = Long.getLong("fuzz.seed", System.nanoTime());
    System.out.println("HostilePeerTest: -Dfuzz.seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 200; i++) {
      byte[] nonsense = new byte[random.nextInt(300)];
      random.nextBytes(nonsense);
      try (Liar liar = new Liar()) {
        assertLost(liar, nonsense);
      }
    }
  }

  @Test
  void theDecoderKnowsOnlyItsOwnException() throws Exception {
    long seed = Long.getLong("fuzz.seed", System.nanoTime());
    System.out.println("HostilePeerTest: -Dfuzz.seed=" + seed);
    Random random = new Random(seed);
    List<byte[]> valid =
        List.of(
            ready(1, 3),
            started(),
            output(Peer.OUT, 7, 9),
            exit(1, 3, 0),
            Peer.frame(Peer.FAIL, new byte[] {2, 'n', 'o'}),
            Peer.frame(Peer.CREDIT, new byte[4]),
            Peer.frame(Peer.PONG, new byte[0]));
    for (int i = 0; i < 20_000; i++) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int n = random.nextInt(5); n >= 0; n--) {
        byte[] frame = valid.get(random.nextInt(valid.size())).clone();
        for (int flips = random.nextInt(3); flips > 0; flips--) {
          frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
        }
        all.writeBytes(random.nextInt(10) == 0 ? random(random) : frame);
      }
      read(new FrameReader(new ByteArrayInputStream(all.toByteArray()), key));
    }
  }

  private static byte[] random(Random random) {
    byte[] bytes = new byte[random.nextInt(100)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static void read(FrameReader reader) throws IOException {
    Consumer<Said> understood = said -> assertThat(said.toString()).isNotEmpty();
    try {
      while (true) {
        understood.accept(reader.next());
      }
    } catch (BrokenProtocolException e) {
      assertThat(e).hasMessageNotContaining("null");
    } catch (EOFException _) {
      // it came to its end
    }
  }
}
