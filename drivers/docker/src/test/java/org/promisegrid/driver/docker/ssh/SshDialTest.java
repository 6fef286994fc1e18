package org.promisegrid.driver.docker.ssh;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.driver.docker.engine.Dial;

/// By SSH an engine's socket on another host is reached, byte for byte, where the host is known and
/// lets the agent in, and else not: with OpenSSH's own server, and a socket in the engine's place.
@Timeout(120)
final class SshDialTest {

  @TempDir Path folder;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private ServerSocketChannel engine;
  private Path socket;

  @BeforeEach
  void anEngine() throws IOException {
    socket = folder.resolve("engine.sock");
    engine = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    engine.bind(UnixDomainSocketAddress.of(socket));
    opened.add(engine);
  }

  @AfterEach
  void everythingGoes() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  private Sshd sshd(String... options) throws IOException {
    return sshd("ed25519", options);
  }

  private Sshd sshd(String kind, String[] options) throws IOException {
    Sshd server = Sshd.start(Files.createDirectory(folder.resolve("sshd")), kind, options);
    opened.add(server);
    return server;
  }

  private Dial.Far dial(Sshd server, SshFiles files) throws IOException {
    Dial.Far far = new SshDial(server.address(socket), files).open();
    opened.add(far);
    return far;
  }

  private Dial.Far dial(Sshd server) throws IOException {
    return dial(server, server.files());
  }

  private void refused(Sshd server, SshFiles files, String... parts) {
    assertThatIOException()
        .isThrownBy(() -> dial(server, files))
        .satisfies(e -> assertThat(e).message().contains(parts));
  }

  private static SshFiles by(Sshd server, String identity) {
    return new SshFiles(Optional.of(server.file(identity)), server.file("known"), server.file(""));
  }

  private static byte[] much(int size) {
    byte[] bytes = new byte[size];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  private void works(Dial.Far far) throws IOException {
    try (SocketChannel there = engine.accept()) {
      far.output().write("ping".getBytes(UTF_8));
      far.output().flush();
      assertThat(Channels.newInputStream(there).readNBytes(4)).asString().isEqualTo("ping");
      Channels.newOutputStream(there).write("pong".getBytes(UTF_8));
      assertThat(far.input().readNBytes(4)).asString().isEqualTo("pong");
    }
  }

  @Test
  void bytesGoBothWaysAndEachWayHasItsOwnEnd() throws Exception {
    byte[] much = much(3 << 20);
    try (Dial.Far far = dial(sshd());
        SocketChannel there = engine.accept();
        ExecutorService aside = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> sent =
          aside.submit(
              (Callable<Boolean>)
                  () -> {
                    far.output().write(much);
                    far.endOutput();
                    return true;
                  });
      assertThat(Channels.newInputStream(there).readAllBytes()).isEqualTo(much);
      sent.get();
      Future<?> answered =
          aside.submit(
              (Callable<Boolean>)
                  () -> {
                    Channels.newOutputStream(there).write(much);
                    there.shutdownOutput();
                    return true;
                  });
      assertThat(far.input().readAllBytes()).isEqualTo(much);
      answered.get();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
  void keysOfTheUsualKindsAreUsed(String kind) throws Exception {
    Sshd server = sshd(kind, new String[0]);
    server.key("mine", kind, "");
    server.allow("mine");
    works(dial(server, by(server, "mine")));
  }

  @Test
  void theUsersOwnKeysAreTakenWhereNoneIsNamed() throws Exception {
    Sshd server = sshd();
    Files.createDirectory(server.file(".ssh"));
    Files.copy(
        server.file("user"),
        server.file(".ssh/id_ed25519"),
        java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    Files.copy(server.file("known"), server.file(".ssh/known_hosts"));
    works(dial(server, SshFiles.of(Optional.empty(), Optional.empty(), server.file(""))));
  }

  @Test
  void manyAreOpenAtOnceAndWhoDoesNotReadHoldsUpNobody() throws Exception {
    Sshd server = sshd();
    Dial.Far idle = dial(server);
    SocketChannel writer = engine.accept();
    opened.add(writer);
    try (ExecutorService aside = Executors.newVirtualThreadPerTaskExecutor()) {
      var _ =
          aside.submit(
              (Callable<Boolean>)
                  () -> {
                    Channels.newOutputStream(writer).write(much(8 << 20)); // nobody reads it
                    return true;
                  });
      List<Future<Dial.Far>> others = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        others.add(aside.submit(() -> dial(server)));
      }
      for (Future<Dial.Far> other : others) {
        other.get();
      }
      for (Future<Dial.Far> _ : others) {
        try (SocketChannel there = engine.accept()) {
          Channels.newOutputStream(there).write(1);
        }
      }
      for (Future<Dial.Far> other : others) {
        assertThat(other.get().input().readAllBytes()).containsExactly(1);
      }
      idle.close();
      writer.close();
    }
  }

  @Test
  void closingEndsWhoeverReads() throws Exception {
    Dial.Far far = dial(sshd());
    try (SocketChannel there = engine.accept();
        ExecutorService aside = Executors.newVirtualThreadPerTaskExecutor()) {
      Channels.newOutputStream(there).write(1);
      assertThat(far.input().read()).isEqualTo(1);
      Future<Integer> reading = aside.submit(() -> far.input().read());
      far.close();
      assertThat(reading.get()).isEqualTo(-1);
      assertThat(Channels.newInputStream(there).read()).isEqualTo(-1);
    }
  }

  @Test
  void aConnectionThatIsCutEnds() throws Exception {
    Sshd server = sshd();
    Dial.Far far = dial(server);
    try (SocketChannel there = engine.accept()) {
      Channels.newOutputStream(there).write(1);
      assertThat(far.input().read()).isEqualTo(1);
      server.cut();
      assertThat(far.input().read()).isEqualTo(-1);
    }
    assertThatIOException()
        .isThrownBy(() -> {
          far.output().write(1);
          far.output().flush();
        });
  }

  @Test
  void aHostThatIsNotKnownIsNotEnteredAndItsKeyIsToldButNotKept() throws Exception {
    Sshd server = sshd();
    server.knows("elsewhere.example");
    String before = Files.readString(server.file("known"));
    refused(
        server,
        server.files(),
        "isn't known",
        server.fingerprint(),
        server.file("known").toString(),
        "ssh-keyscan -p " + server.port());
    assertThat(server.file("known")).content().isEqualTo(before);
  }

  @Test
  void aHostThatShowsAnotherKeyIsNotEntered() throws Exception {
    Sshd server = sshd();
    server.key("other", "ed25519", "");
    String other = Files.readString(server.file("other.pub"));
    Files.writeString(server.file("known"), "[127.0.0.1]:" + server.port() + " " + other);
    refused(server, server.files(), "another", server.fingerprint());
  }

  @Test
  void aRevokedKeyIsNone() throws Exception {
    Sshd server = sshd();
    String host = "[127.0.0.1]:" + server.port() + " " + server.publicKey() + "\n";
    Files.writeString(server.file("known"), "@revoked " + host + host);
    refused(server, server.files(), "revoked");
  }

  @Test
  void hashedNamesOfKnownHostsAreUnderstood() throws Exception {
    Sshd server = sshd();
    server.hash();
    assertThat(server.file("known")).content().startsWith("|1|");
    works(dial(server));
  }

  @Test
  void aKeyThatTheHostDoesNotKnowLetsNobodyIn() throws Exception {
    Sshd server = sshd();
    server.key("stranger", "ed25519", "");
    refused(server, by(server, "stranger"), "doesn't let", server.file("stranger").toString());
  }

  @Test
  void aHostThatWantsMoreThanAKeySaysSo() throws Exception {
    Sshd server = sshd("AuthenticationMethods publickey,password", "PasswordAuthentication yes");
    refused(server, server.files(), "127.0.0.1");
  }

  @Test
  void aKeyThatWantsAPassphraseIsNamed() throws Exception {
    Sshd server = sshd();
    server.key("locked", "ed25519", "a passphrase");
    server.allow("locked");
    refused(server, by(server, "locked"), "passphrase", server.file("locked").toString());
  }

  @Test
  void aKeyThatOthersMayReadIsNotUsed() throws Exception {
    Sshd server = sshd();
    Files.setPosixFilePermissions(
        server.file("user"), PosixFilePermissions.fromString("rw-r-----"));
    refused(server, server.files(), "open to others", "chmod 600");
  }

  @Test
  void filesThatAreNotThereOrSenselessAreNamed() throws Exception {
    Sshd server = sshd();
    refused(server, by(server, "gone"), server.file("gone").toString());
    refused(server, SshFiles.of(Optional.empty(), Optional.empty(), folder), "id_ed25519");
    Path nonsense = Files.writeString(server.file("nonsense"), "no key\n");
    Files.setPosixFilePermissions(nonsense, PosixFilePermissions.fromString("rw-------"));
    refused(server, by(server, "nonsense"), nonsense.toString());
    Files.delete(server.file("known"));
    refused(server, server.files(), server.file("known").toString());
  }

  @RepeatedTest(20)
  void nonsenseInTheFilesIsAnErrorAndNeverKnowsAHost() throws Exception {
    Sshd server = sshd();
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] bytes = new byte[random.nextInt(1, 4000)];
    random.nextBytes(bytes);
    boolean known = random.nextBoolean();
    Path file = Files.write(server.file(known ? "known" : "user"), bytes);
    assertThatIOException()
        .as("seed %d", seed)
        .isThrownBy(() -> dial(server))
        .satisfies(e -> {
          assertThat(e).message().contains(known ? "known" : file.toString());
        });
  }

  @Test
  void whereThereIsNoSocketItIsNamed() throws Exception {
    Sshd server = sshd();
    Files.delete(socket);
    refused(server, server.files(), "lets", socket.toString());
  }

  @Test
  void whereTheHostForwardsNoSocketsTheReasonSaysWhatToLookAt() throws Exception {
    Sshd server = sshd("AllowStreamLocalForwarding no");
    refused(server, server.files(), "lets", socket.toString(), "forwards");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n\0\0\0\1nonsense"})
  void whatIsNoSshServerIsAnError(String said) throws Exception {
    Sshd server = sshd();
    try (ServerSocket other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        ExecutorService aside = Executors.newVirtualThreadPerTaskExecutor()) {
      var _ =
          aside.submit(
              (Callable<Boolean>)
                  () -> {
                    try (Socket near = other.accept()) {
                      near.getOutputStream().write(said.getBytes(UTF_8));
                      near.shutdownOutput();
                      try (InputStream in = near.getInputStream()) {
                        in.readAllBytes();
                      }
                    }
                    return true;
                  });
      SshAddress address = new SshAddress("me", "127.0.0.1", other.getLocalPort(), "/engine");
      assertThatIOException()
          .isThrownBy(() -> new SshDial(address, server.files()).open())
          .withMessageContaining("127.0.0.1");
    }
  }
}
