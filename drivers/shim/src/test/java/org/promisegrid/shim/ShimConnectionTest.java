package org.promisegrid.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.tck.Collector;
import org.promisegrid.tck.Feed;

/// A connection to the shim that is shipped, on this host.
@Timeout(120)
final class ShimConnectionTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;

  private final ShimKey key = ShimKey.random(new SecureRandom());
  private final Collector out = Collector.unlimited();
  private final Collector log = Collector.unlimited();

  @AfterEach
  void noThreadIsLeft() throws IOException {
    Threads.assertNoneLeft(folder);
  }

  private ShimConnection greet(Peer peer) throws Exception {
    return ShimConnection.greet(line(peer.process), key, Pace.USUAL, PATIENCE);
  }

  private static Line line(Process process) {
    return new Line(
        process.getInputStream(),
        process.getOutputStream(),
        () -> {
          try {
            process.getOutputStream().close(); // the shim ends, and with it what it says
          } catch (IOException e) {
            if (process.isAlive()) {
              throw new UncheckedIOException(e);
            }
          }
        });
  }

  private static Command sh(String script, String... arguments) {
    List<String> words = new ArrayList<>(List.of("sh", "-c", script, "sh"));
    words.addAll(List.of(arguments));
    return Command.of(words).withEnvironment(Map.of("PATH", "/usr/bin:/bin"));
  }

  private Stdio stdio(InputStream in) {
    return new Stdio(in, out, log);
  }

  private Stdio stdio() {
    return stdio(InputStream.nullInputStream());
  }

  @Test
  void whatAProgramWritesAndHowItEndsIsTold() throws Exception {
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      assertThat(shim.ready().state()).isEqualTo(Ready.State.FRESH);
      assertThat(shim.alive()).isTrue();
      shim.run(sh("cat; printf two >&2; printf three; exit 7"), stdio(Feed.of(utf8("one"))));
      var ending = shim.await();
      assertThat(ending.outcome()).isEqualTo(new Outcome.Exited(7));
      assertThat(ending.usage().memory()).isPositive();
      assertThat(shim.await()).isEqualTo(ending);
      assertThat(out.text()).isEqualTo("onethree");
      assertThat(log.text()).isEqualTo("two");
      assertThat(shim.told()).isEqualTo(new ShimConnection.Told(8, 3));
      assertThat(shim.exit().orElseThrow().out()).isEqualTo(8);
      assertThat(shim.alive()).isFalse();
      assertThat(peer.process.waitFor()).isZero();
    }
    assertThat(out.closed()).isFalse();
    assertThat(log.closed()).isFalse();
  }

  @Test
  void aLoginMaySayWhatItLikes() throws Exception {
    String login = "echo Last login; head -c 200000 /dev/urandom; read line; exec \"$0\"";
    try (Peer peer = Peer.start(folder, "sh", "-c", login)) {
      peer.raw(utf8("password\n"));
      try (ShimConnection shim = greet(peer)) {
        shim.run(sh("echo here"), stdio());
        assertThat(shim.await().outcome()).isEqualTo(new Outcome.Exited(0));
        assertThat(out.text()).isEqualTo("here\n");
      }
    }
  }

  @Test
  void whatCannotBeRunIsToldWithItsReason() throws Exception {
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      assertThatExceptionOfType(NotRunException.class)
          .isThrownBy(() -> shim.run(Command.of(List.of("/there/is/none")), stdio()))
          .satisfies(e -> assertThat(e.errno()).isEqualTo(2))
          .withMessage("not to be executed: ENOENT");
      assertThat(shim.alive()).isFalse();
    }
  }

  @Test
  void aProgramGetsWhatTheCommandSays() throws Exception {
    Path secret = folder.resolve("secret");
    byte[] content = new byte[150_000];
    new Random(4).nextBytes(content);
    Command command =
        sh("pwd; echo $WORD; printf '%s|' \"$@\"; ulimit -n; cat $SECRET", "", "two words", "Grüße")
            .withEnvironment(
                Map.of("PATH", "/usr/bin:/bin", "WORD", "ein Wort", "SECRET", secret.toString()))
            .in("/usr")
            .within(new Command.Bounds(Duration.ZERO, Duration.ZERO, 0, 0, 0, 77, 0))
            .withSecrets(List.of(new SecretFile(secret.toString(), Optional.empty(), content)));
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(command, stdio());
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Exited(0));
    }
    assertThat(out.bytes()).startsWith(utf8("/usr\nein Wort\n|two words|Grüße|77\n"));
    assertThat(out.bytes()).endsWith(content);
    assertThat(Files.getPosixFilePermissions(secret))
        .isEqualTo(PosixFilePermissions.fromString("r--------"));
  }

  @Test
  void muchGoesThroughByteForByteAndLittleIsOnItsWay() throws Exception {
    long size = 64 << 20;
    Flow flow = new Flow(size);
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(sh("cat"), new Stdio(flow.in(), flow.out(), log));
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Exited(0));
    }
    assertThat(flow.taken()).isEqualTo(size);
    assertThat(flow.most()).as("bytes on their way").isLessThan(4 << 20);
  }

  @Test
  void whoTakesNothingStallsTheWorkloadAndStillEndsIt() throws Exception {
    Path written = folder.resolve("written");
    Collector slow = Collector.slow();
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(
          sh("head -c 8000000 /dev/zero; touch \"$1\"", written.toString()),
          new Stdio(InputStream.nullInputStream(), slow, log));
      slow.awaitWrite();
      shim.stop(Duration.ZERO);
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Stopped());
    }
    assertThat(written).doesNotExist();
  }

  @Test
  void whoWakesUpGetsEveryByte() throws Exception {
    Collector slow = Collector.slow();
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(
          sh("head -c 3000000 /dev/zero"), new Stdio(InputStream.nullInputStream(), slow, log));
      slow.awaitWrite();
      slow.open();
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(slow.bytes()).isEqualTo(new byte[3_000_000]);
    }
  }

  @Test
  void timeEndsAlsoWhatNobodyTakes() throws Exception {
    Collector slow = Collector.slow();
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(
          sh("cat /dev/zero").within(Command.Bounds.of(Duration.ofMillis(300), 0, 0)),
          new Stdio(InputStream.nullInputStream(), slow, log));
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Exceeded(Limit.TIME));
    }
  }

  @Test
  void moreOutputThanItsReaderTakesEndsIt() throws Exception {
    Collector some = Collector.upTo(100_001);
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(
          sh("echo begun >&2; while :; do echo more; done"),
          new Stdio(InputStream.nullInputStream(), some, log));
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Exceeded(Limit.OUTPUT));
    }
    assertThat(some.bytes()).hasSize(100_001);
    assertThat(log.text()).isEqualTo("begun\n");
  }

  @Test
  void aSignalOfItsOwnIsAFault() throws Exception {
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(sh("echo before; kill -SEGV $$"), stdio());
      assertThat(shim.await().outcome())
          .isEqualTo(new Outcome.Faulted("ended by signal 11 (SIGSEGV)"));
      assertThat(out.text()).isEqualTo("before\n");
    }
  }

  @Test
  void itIsAskedToEndBeforeItIsEnded() throws Exception {
    Lines told = new Lines();
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(
          sh("trap 'echo asked; exit 3' TERM; echo ready; while :; do read line; done"),
          new Stdio(Feed.held(), told, log));
      told.await("ready");
      shim.stop(PATIENCE);
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Stopped());
      told.await("asked");
      assertThat(shim.exit().orElseThrow().value()).isEqualTo(3);
    }
  }

  @Test
  void whatDoesNotListenIsEndedAllOfIt() throws Exception {
    Lines told = new Lines();
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(
          sh("trap '' TERM; setsid sh -c 'trap \"\" TERM; echo ready; sleep 1000'; sleep 1000"),
          new Stdio(Feed.held(), told, log));
      told.await("ready");
      shim.stop(Duration.ofMillis(1));
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Stopped());
      assertThat(shim.exit().orElseThrow().value()).isEqualTo(9);
      shim.stop(PATIENCE);
    }
  }

  @Test
  void whoIsInterruptedWaitingEndsIt() throws Exception {
    Feed in = Feed.held();
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(sh("cat"), stdio(in));
      in.awaitReader();
      Thread.currentThread().interrupt();
      assertThatThrownBy(shim::await).isInstanceOf(InterruptedException.class);
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Stopped());
      in.awaitNoReader();
    }
  }

  @Test
  void itEndsThoughItsInputDoesNot() throws Exception {
    Feed in = Feed.held();
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(sh("exit 4"), stdio(in));
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Exited(4));
      in.awaitNoReader();
    }
  }

  @Test
  void inputThatNobodyWantsKeepsNobodyFromSignalling() throws Exception {
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      Lines told = new Lines();
      shim.run(
          sh("trap 'exit 5' USR1; echo ready; while :; do sleep 0.01; done"),
          new Stdio(Feed.of(new byte[4 << 20]), told, log));
      told.await("ready");
      shim.signal(10);
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Exited(5));
    }
  }

  @Test
  void aTerminalHasItsSizeAndTheNextOne() throws Exception {
    Lines told = new Lines();
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(
          sh("trap 'stty size; exit 0' WINCH; stty size; while :; do sleep 0.01; done")
              .on(new Command.Terminal(33, 77)),
          new Stdio(Feed.held(), told, log));
      told.await("33 77\r");
      shim.resize(new Command.Terminal(44, 88));
      told.await("44 88\r");
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Exited(0));
    }
  }

  @Test
  void aShimThatDiesIsLost() throws Exception {
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      shim.run(sh("kill -9 $PPID; sleep 1000"), stdio(Feed.held()));
      assertThat(shim.await().outcome()).isInstanceOf(Outcome.Lost.class);
      assertThat(shim.exit()).isEmpty();
    }
  }

  @Test
  void aWarmShimThatDiedRunsNothing() throws Exception {
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      peer.process.destroyForcibly();
      assertThat(shim.await().outcome()).isInstanceOf(Outcome.Lost.class);
      assertThat(shim.alive()).isFalse();
      assertThatExceptionOfType(ShimException.class)
          .isThrownBy(() -> shim.run(sh("true"), stdio()))
          .withMessageContaining("could not be told");
    }
  }

  @Test
  void whoeverClosesTakesTheWorkloadAlong() throws Exception {
    Feed in = Feed.held();
    try (Peer peer = Peer.start(folder)) {
      ShimConnection shim = greet(peer);
      shim.run(sh("sleep 1000"), stdio(in));
      in.awaitReader();
      shim.close();
      in.awaitNoReader();
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Lost("its connection was closed"));
      assertThat(peer.process.waitFor()).isZero();
    }
  }

  @Test
  void oneConnectionRunsOneThing() throws Exception {
    Feed in = Feed.held();
    try (Peer peer = Peer.start(folder);
        ShimConnection shim = greet(peer)) {
      assertThatThrownBy(() -> shim.resume(ShimConnection.Told.NOTHING, stdio()))
          .isInstanceOf(IllegalStateException.class);
      shim.run(sh("cat; exit 2"), stdio(in));
      assertThatThrownBy(() -> shim.run(sh("true"), stdio()))
          .isInstanceOf(IllegalStateException.class);
      in.end();
      assertThat(shim.await().outcome()).isEqualTo(new Outcome.Exited(2));
    }
  }

  @Test
  void aRunIsTakenUpByTheNextWithItsInputAndItsOutput() throws Exception {
    Path spool = Files.createDirectory(folder.resolve("spool"));
    try (Peer peer = Peer.start(folder);
        Switchboard board = new Switchboard(peer.process)) {
      Lines told = new Lines();
      try (ShimConnection first =
          ShimConnection.greet(board.connect(), key, Pace.USUAL, PATIENCE)) {
        first.run(
            sh("read a; echo $a; echo bad >&2; read b; echo $b; cat").spooled(spool + "", true),
            new Stdio(Feed.held(utf8("first\n")), told, log));
        told.await("first");
      }
      try (ShimConnection next = ShimConnection.greet(board.connect(), key, Pace.USUAL, PATIENCE)) {
        assertThat(next.ready().state()).isEqualTo(Ready.State.RUNNING);
        assertThat(next.ready().input()).isEqualTo(6);
        Collector errors = Collector.unlimited();
        next.resume(
            ShimConnection.Told.NOTHING,
            new Stdio(Feed.of(utf8("first\nsecond\nthird\n")), out, errors));
        assertThat(next.await().outcome()).isEqualTo(new Outcome.Exited(0));
        assertThat(out.text()).isEqualTo("first\nsecond\nthird\n");
        assertThat(errors.text()).isEqualTo("bad\n");
      }
      assertThat(peer.process.waitFor()).isZero();
    }
    Exit exit = Exit.of(Files.readAllBytes(spool.resolve("exit")));
    assertThat(exit.outcome()).isEqualTo(new Outcome.Exited(0));
    assertThat(exit.out()).isEqualTo(19);
    assertThat(spool.resolve("out")).content().isEqualTo("first\nsecond\nthird\n");
  }

  /// Each leaves in the midst of the output, and the next goes on where it was.
  @Test
  void outputIsWholeHoweverOftenSomebodyTakesOver() throws Exception {
    Path spool = Files.createDirectory(folder.resolve("spool"));
    Path source = folder.resolve("source");
    byte[] bytes = new byte[6_000_000];
    new Random(9).nextBytes(bytes);
    Files.write(source, bytes);
    Collector all = Collector.unlimited();
    try (Peer peer = Peer.start(folder);
        Switchboard board = new Switchboard(peer.process)) {
      Feed in = Feed.held();
      try (ShimConnection first =
          ShimConnection.greet(board.connect(), key, Pace.USUAL, PATIENCE)) {
        first.run(
            sh("cat \"$1\"; cat", source.toString()).spooled(spool + "", true),
            new Stdio(in, new Taking(all, 500_000), log));
        awaitTold(all, 500_000);
      }
      for (int mark = 1_500_000; mark < 6_000_000; mark += 1_500_000) {
        try (ShimConnection next =
            ShimConnection.greet(board.connect(), key, Pace.USUAL, PATIENCE)) {
          var from = new ShimConnection.Told(all.bytes().length, 0);
          next.resume(from, new Stdio(in, new Taking(all, mark), log));
          awaitTold(all, mark);
        }
      }
      try (ShimConnection last = ShimConnection.greet(board.connect(), key, Pace.USUAL, PATIENCE)) {
        in.end();
        last.resume(new ShimConnection.Told(all.bytes().length, 0), new Stdio(in, all, log));
        assertThat(last.await().outcome()).isEqualTo(new Outcome.Exited(0));
      }
      assertThat(all.bytes()).isEqualTo(bytes);
    }
  }

  private static void awaitTold(Collector all, int length) throws InterruptedException {
    synchronized (all) {
      while (all.bytes().length < length) {
        all.wait(10);
      }
    }
  }

  /// Takes up to a mark, then nothing until it is interrupted.
  private static final class Taking extends OutputStream {
    private final Collector into;
    private final int mark;

    Taking(Collector into, int mark) {
      this.into = into;
      this.mark = mark;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (into.bytes().length >= mark) {
        Feed.held().read(bytes, 0, 1);
      }
      into.write(bytes, offset, length);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
