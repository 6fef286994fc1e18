package org.promisegrid.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the document `shim` says of it, of the real one.
@Timeout(120)
final class ShimTest {

  private static final int BY_ITSELF = 0;
  private static final int BY_TIME = 1;
  private static final int BY_OUTPUT = 2;

  private static final int TTY = 1;
  private static final int OUTLIVE = 2;

  @TempDir Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void letOthersIn() throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  private static boolean lives(String pid) {
    return ProcessHandle.of(Long.parseLong(pid.strip())).filter(ProcessHandle::isAlive).isPresent();
  }

  @Test
  void whatAProgramWritesAndHowItEndsIsTold() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      peer.run("sh", "-c", "printf one; printf two >&2; printf three; exit 7");
      Peer.Ended ended = peer.until(out, err);
      assertThat(out()).isEqualTo("onethree");
      assertThat(err()).isEqualTo("two");
      assertThat(ended.how()).isZero();
      assertThat(ended.value()).isEqualTo(7);
      assertThat(ended.reason()).isEqualTo(BY_ITSELF);
      assertThat(ended.took()).isPositive();
      assertThat(ended.peak()).isPositive();
      assertThat(ended.out()).isEqualTo(8);
      assertThat(ended.err()).isEqualTo(3);
      assertThat(peer.process.waitFor()).isZero();
    }
  }

  @Test
  void aLoginMaySayWhatItLikesBeforeTheFirstHello() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.raw("Last login: today\n\0\0\0\31\1gridshi".getBytes(StandardCharsets.ISO_8859_1));
      peer.raw(new byte[100_000]);
      peer.greet();
      peer.run("true");
      assertThat(peer.until(out, err).value()).isZero();
    }
  }

  @Test
  void inputComesWholeAndOnlyAsFarAsItIsTaken() throws Exception {
    byte[] input = new byte[20 << 20];
    new Random(1).nextBytes(input);
    try (Peer peer = Peer.start(folder)) {
      long window = peer.greet().getInt(16);
      peer.run("cat");
      int at = 0;
      Peer.Ended ended = null;
      while (ended == null) {
        while (at < input.length && window > 0) {
          int piece = (int) Math.min(Math.min(window, 60_000), input.length - at);
          peer.send(Peer.STDIN, Arrays.copyOfRange(input, at, at + piece));
          at += piece;
          window -= piece;
          if (at == input.length) {
            peer.send(Peer.STDIN_EOF);
          }
        }
        Peer.Frame frame = peer.any();
        switch (frame.type()) {
          case Peer.CREDIT -> window += frame.body().getInt();
          case Peer.OUT -> {
            assertThat(frame.body().getLong()).isEqualTo(out.size());
            byte[] bytes = new byte[frame.body().remaining()];
            frame.body().get(bytes);
            out.writeBytes(bytes);
          }
          case Peer.EXIT -> ended = Peer.ended(frame.body());
          default -> throw new IOException("a frame " + frame.type());
        }
      }
      assertThat(out.toByteArray()).isEqualTo(input);
      assertThat(ended.value()).isZero();
    }
  }

  @Test
  void moreInputThanItMaySendEndsIt() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      peer.run("sh", "-c", "echo $$; exec sleep 1000");
      String pid = new String(bytes(peer.next(Peer.OUT)), StandardCharsets.UTF_8);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 100; i++) {
                  peer.send(Peer.STDIN, new byte[60_000]);
                }
                while (true) {
                  var _ = peer.any();
                }
              })
          .isInstanceOf(IOException.class);
      assertThat(peer.process.waitFor()).isEqualTo(70);
      // Nobody waits for what was killed: it is gone as soon as the system comes to it.
      ProcessHandle.of(Long.parseLong(pid.strip())).ifPresent(left -> left.onExit().join());
    }
  }

  @Test
  void aReaderWhoStopsStallsTheWorkloadAndNotTheControl() throws Exception {
    Path written = folder.resolve("written");
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      peer.run("sh", "-c", "head -c 8000000 /dev/zero; touch " + written);
      // Nobody reads; still it hears that it is to end.
      peer.send(Peer.SIGNAL, (byte) 9);
      Peer.Ended ended = peer.until(out, err);
      assertThat(ended.how()).isEqualTo(1);
      assertThat(ended.value()).isEqualTo(9);
      assertThat(out.size()).isLessThan(8_000_000);
      assertThat(written).doesNotExist();
    }
  }

  @Test
  void whatTakesTooLongIsEnded() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      Peer.Run run = new Peer.Run();
      run.millis = 200;
      peer.run(run, "sh", "-c", "trap '' TERM; while :; do :; done");
      Peer.Ended ended = peer.until(out, err);
      assertThat(ended.reason()).isEqualTo(BY_TIME);
      assertThat(ended.how()).isEqualTo(1);
      assertThat(ended.took()).isGreaterThanOrEqualTo(200_000);
    }
  }

  @Test
  void whatWritesTooMuchIsEndedAndNoByteMoreComes() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      Peer.Run run = new Peer.Run();
      run.output = 100_001;
      peer.run(run, "sh", "-c", "while :; do echo more; done");
      Peer.Ended ended = peer.until(out, err);
      assertThat(ended.reason()).isEqualTo(BY_OUTPUT);
      assertThat(out.size()).isEqualTo(100_001);
      assertThat(ended.out()).isEqualTo(100_001);
    }
  }

  @Test
  void oneByteTooMuchIsTooMuchThoughItHasEndedByItself() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      Peer.Run run = new Peer.Run();
      run.output = 4;
      peer.run(run, "printf", "12345");
      Peer.Ended ended = peer.until(out, err);
      assertThat(ended.reason()).isEqualTo(BY_OUTPUT);
      assertThat(out()).isEqualTo("1234");
    }
  }

  @Test
  void whatIsTooMuchOfErrorsIsGoneAndItRunsOn() throws Exception {
    Path spool = Files.createDirectory(folder.resolve("spool"));
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      peer.send(Peer.SPOOL, spool.toString());
      Peer.Run run = new Peer.Run();
      run.output = 6;
      run.errors = 100_001;
      peer.run(run, "sh", "-c", "head -c 5000000 /dev/zero >&2; echo over; exit 3");
      Peer.Ended ended = peer.until(out, err);
      assertThat(ended.reason()).isEqualTo(BY_ITSELF);
      assertThat(ended.value()).isEqualTo(3);
      assertThat(out()).isEqualTo("over\n");
      assertThat(err.size()).isEqualTo(100_001);
      assertThat(ended.err()).isEqualTo(100_001);
    }
    assertThat(spool.resolve("err")).hasSize(100_001);
  }

  @Test
  void nothingThatItLeftLivesOn() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      peer.run(
          "sh",
          "-c",
          "setsid sh -c 'trap \"\" TERM HUP; echo $$ >&2; setsid sleep 1000 & wait' &\n"
              + "read line; exit 3");
      String left = new String(bytes(peer.next(Peer.ERR)), StandardCharsets.UTF_8);
      assertThat(lives(left)).isTrue();
      peer.send(Peer.STDIN, "go\n");
      Peer.Ended ended = peer.until(out, new Behind(left.length(), err));
      assertThat(ended.value()).isEqualTo(3);
      assertThat(lives(left)).isFalse();
    }
  }

  @Test
  void whatLetGoOfItsStreamsIsEndedToo() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      peer.run(
          "sh",
          "-c",
          "(setsid sh -c 'sleep 1000 <&- >&- 2>&- & echo $! >&2; exec <&- >&- 2>&-; wait' &)\n"
              + "read line; exit 3");
      String left = new String(bytes(peer.next(Peer.ERR)), StandardCharsets.UTF_8);
      assertThat(lives(left)).isTrue();
      peer.send(Peer.STDIN, "go\n");
      assertThat(peer.until(out, new Behind(left.length(), err)).value()).isEqualTo(3);
      assertThat(lives(left)).isFalse();
    }
  }

  private static byte[] bytes(Peer.Frame output) {
    ByteBuffer body = output.body().position(8);
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    return bytes;
  }

  @Test
  void anOwnerWhoIsGoneTakesTheWorkloadAlong() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      peer.run("sh", "-c", "echo $$; exec sleep 1000");
      String pid = new String(bytes(peer.next(Peer.OUT)), StandardCharsets.UTF_8);
      peer.hangUp();
      assertThat(peer.process.waitFor()).isZero();
      assertThat(lives(pid)).isFalse();
    }
  }

  @Test
  void anOwnerWhoFallsSilentLosesTheLease() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      Peer.Run run = new Peer.Run();
      run.lease = 300;
      peer.run(run, "sleep", "1000");
      Peer.Ended ended = peer.until(out, err);
      assertThat(ended.reason()).isEqualTo(4);
    }
  }

  @Test
  void aCallThatOutlivesItsAgentIsFoundInItsSpool() throws Exception {
    Path spool = Files.createDirectory(folder.resolve("spool"));
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      Peer.Run run = new Peer.Run();
      run.flags = OUTLIVE;
      run.lease = 1;
      peer.send(Peer.SPOOL, spool.toString());
      peer.run(run, "sh", "-c", "echo begun; cat; echo over; echo bad >&2; exit 5");
      assertThat(bytes(peer.next(Peer.OUT))).asString(StandardCharsets.UTF_8).isEqualTo("begun\n");
      peer.send(Peer.STDIN, "given\n");
      peer.send(Peer.STDIN_EOF);
      peer.hangUp();
      assertThat(peer.process.waitFor()).isZero();
    }
    assertThat(spool.resolve("out")).content().isEqualTo("begun\ngiven\nover\n");
    assertThat(spool.resolve("err")).content().isEqualTo("bad\n");
    Peer.Ended ended = Peer.ended(ByteBuffer.wrap(Files.readAllBytes(spool.resolve("exit"))));
    assertThat(ended.value()).isEqualTo(5);
    assertThat(ended.out()).isEqualTo(17);
    assertThat(ended.err()).isEqualTo(4);
  }

  @Test
  void whoeverTakesOverBeginsAnewAfterAFrameThatWasCutOff() throws Exception {
    Path spool = Files.createDirectory(folder.resolve("spool"));
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      peer.send(Peer.SPOOL, spool.toString());
      peer.run("sh", "-c", "echo first; read line; echo $line");
      assertThat(bytes(peer.next(Peer.OUT))).asString(StandardCharsets.UTF_8).isEqualTo("first\n");
      // An agent was killed while it wrote 5,000 bytes of input.
      peer.raw(ByteBuffer.allocate(1000).putInt(5001).put((byte) Peer.STDIN).array());
      peer.raw(peer.hello());
      ByteBuffer ready = peer.next(Peer.READY).body();
      assertThat(ready.get(20)).as("it runs").isEqualTo((byte) 1);
      assertThat(ready.getLong(22)).as("input it took").isZero();
      assertThat(ready.getLong(30)).as("output there is").isEqualTo(6);
      peer.send(Peer.RESUME, ByteBuffer.allocate(16).putLong(2).putLong(0).array());
      Peer.Frame again = peer.next(Peer.OUT);
      assertThat(again.body().getLong(0)).isEqualTo(2);
      assertThat(bytes(again)).asString(StandardCharsets.UTF_8).isEqualTo("rst\n");
      peer.send(Peer.STDIN, "second\n");
      assertThat(bytes(peer.next(Peer.OUT))).asString(StandardCharsets.UTF_8).isEqualTo("second\n");
      assertThat(Peer.ended(peer.next(Peer.EXIT).body()).value()).isZero();
    }
  }

  @Test
  void inputThatLooksLikeAHelloOfAnotherKeyIsInput() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      byte[] hello = peer.hello();
      hello[20] ^= 1;
      peer.run("cat");
      peer.send(Peer.STDIN, hello);
      peer.send(Peer.STDIN_EOF);
      assertThat(peer.until(out, err).value()).isZero();
      assertThat(out.toByteArray()).isEqualTo(hello);
    }
  }

  @Test
  void whatCannotBeRunIsToldWithItsReason() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      peer.send(Peer.ARG, "/there/is/none");
      peer.send(Peer.RUN, new Peer.Run().body());
      Peer.Frame fail = peer.next(Peer.FAIL);
      assertThat(fail.body().get(0)).as("ENOENT").isEqualTo((byte) 2);
      assertThat(fail.text()).contains("not to be executed");
      assertThatThrownBy(peer::any).isInstanceOf(EOFException.class);
      assertThat(peer.process.waitFor()).isZero();
    }
  }

  @Test
  void aProgramGetsWhatItWasGivenAndNothingElse() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      peer.send(Peer.CWD, "/usr");
      peer.send(Peer.ENV, "WORD=two words");
      peer.run(
          "sh",
          "-c",
          "pwd; echo \"$WORD\" \"$1\"; env | sort | cut -d= -f1; ls /proc/self/fd; ulimit -c",
          "sh",
          "");
      assertThat(peer.until(out, err).value()).isZero();
      assertThat(out()).isEqualTo("/usr\ntwo words \nPATH\nPWD\nWORD\n0\n1\n2\n3\n0\n");
    }
  }

  @Test
  void aSecretIsAFileOfItsReaderAlone() throws Exception {
    Path file = folder.resolve("secret");
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      byte[] path = file.toString().getBytes(StandardCharsets.UTF_8);
      for (String part : new String[] {"hush", " hush"}) {
        peer.send(
            Peer.SECRET,
            ByteBuffer.allocate(10 + path.length + part.length())
                .putInt(-1)
                .putInt(-1)
                .putShort((short) path.length)
                .put(path)
                .put(part.getBytes(StandardCharsets.UTF_8))
                .array());
      }
      peer.run("cat", file.toString());
      assertThat(peer.until(out, err).value()).isZero();
      assertThat(out()).isEqualTo("hush hush");
      assertThat(Files.getPosixFilePermissions(file))
          .isEqualTo(PosixFilePermissions.fromString("r--------"));
    }
  }

  @Test
  void aSecretIsNeverAddedToWhatLiesThere() throws Exception {
    Path file = Files.writeString(folder.resolve("secret"), "mine");
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      byte[] path = file.toString().getBytes(StandardCharsets.UTF_8);
      peer.send(
          Peer.SECRET,
          ByteBuffer.allocate(11 + path.length)
              .putInt(-1)
              .putInt(-1)
              .putShort((short) path.length)
              .put(path)
              .put((byte) 's')
              .array());
      Peer.Frame fail = peer.next(Peer.FAIL);
      assertThat(fail.body().get(0)).as("EEXIST").isEqualTo((byte) 17);
    }
    assertThat(file).content().isEqualTo("mine");
  }

  @Test
  void itRunsAsAnotherUserAndStaysIt() throws Exception {
    assumeTrue(isRoot(), "only root becomes another user");
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      Peer.Run run = new Peer.Run();
      run.user = 65_534;
      peer.run(
          run, "sh", "-c", "id -u; id -g; id -G; grep NoNewPrivs /proc/self/status | tr -d '\\t'");
      assertThat(peer.until(out, err).value()).isZero();
      assertThat(out()).isEqualTo("65534\n65534\n65534\nNoNewPrivs:1\n");
    }
  }

  @Test
  void aWorkloadOfTheSameUserSpeaksForNobody() throws Exception {
    String[] before =
        isRoot()
            ? new String[] {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}
            : new String[0];
    try (Peer peer = Peer.start(folder, before)) {
      peer.greet();
      peer.run("sh", "-c", "echo forged >/proc/$PPID/fd/1 || echo kept out");
      assertThat(peer.until(out, err).value()).isZero();
      assertThat(out()).isEqualTo("kept out\n");
      assertThat(err()).contains("ermission denied");
    }
  }

  @Test
  void aTerminalHasItsSizeAndEndsWithItsInput() throws Exception {
    try (Peer peer = Peer.start(folder)) {
      peer.greet();
      Peer.Run run = new Peer.Run();
      run.flags = TTY;
      run.rows = 33;
      run.columns = 77;
      peer.run(run, "sh", "-c", "stty -echo; stty size; cat; tty >/dev/null && echo a terminal");
      assertThat(bytes(peer.next(Peer.OUT)))
          .asString(StandardCharsets.UTF_8)
          .isEqualTo("33 77\r\n");
      peer.send(Peer.STDIN, "line\n");
      peer.send(Peer.STDIN_EOF);
      Peer.Ended ended = peer.until(new Behind(7, out), err);
      assertThat(ended.value()).isZero();
      assertThat(out()).isEqualTo("line\r\na terminal\r\n");
    }
  }

  /// Takes what comes at an offset.
  private static final class Behind extends ByteArrayOutputStream {
    private final int offset;
    private final ByteArrayOutputStream into;

    Behind(int offset, ByteArrayOutputStream into) {
      this.offset = offset;
      this.into = into;
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int size) {
      into.write(bytes, from, size);
    }

    @Override
    public synchronized int size() {
      return offset + into.size();
    }
  }

  @Test
  void whoeverSaysNonsenseIsHungUpOn() throws Exception {
    long seed = Long.getLong("fuzz.seed", System.nanoTime());
    System.out.println("ShimTest: -Dfuzz.seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      try (Peer peer = Peer.start(folder)) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(peer.hello());
        for (int n = random.nextInt(6); n >= 0; n--) {
          byte[] body = new byte[random.nextInt(100)];
          random.nextBytes(body);
          byte[] frame = Peer.frame(random.nextInt(16), body);
          if (random.nextInt(4) == 0) {
            frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
          }
          all.writeBytes(frame);
        }
        try {
          peer.raw(all.toByteArray());
          peer.hangUp();
        } catch (IOException e) {
          assertThat(e).hasMessageContaining("Broken pipe"); // it has hung up already
        }
        assertThat(peer.process.waitFor()).isIn(0, 70);
      }
    }
  }
}
