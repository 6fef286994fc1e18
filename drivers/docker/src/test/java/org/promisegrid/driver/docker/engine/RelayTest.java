package org.promisegrid.driver.docker.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What goes through a relay comes out at its other end, in both directions, each with its end.
@Timeout(60)
final class RelayTest {

  @TempDir Path folder;

  private ServerSocket engine;
  private Relay relay;

  @BeforeEach
  void anEngineBehindARelay() throws IOException {
    engine = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    relay =
        new Relay(
            new TcpDial("127.0.0.1", engine.getLocalPort(), Optional.empty()),
            folder.resolve("relay"));
    relay.start();
  }

  @AfterEach
  void bothGo() throws IOException {
    relay.close();
    engine.close();
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(relay.socket()));
  }

  @Test
  void bytesGoBothWaysAndEachWayHasItsOwnEnd() throws Exception {
    byte[] much = new byte[3 << 20];
    new Random(7).nextBytes(much);
    try (SocketChannel near = connect();
        Socket far = engine.accept()) {
      Thread writing =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  Channels.newOutputStream(near).write(much);
                  near.shutdownOutput();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      assertThat(far.getInputStream().readAllBytes()).isEqualTo(much);
      writing.join();
      far.getOutputStream().write("still here".getBytes(UTF_8));
      far.shutdownOutput();
      assertThat(Channels.newInputStream(near).readAllBytes()).asString().isEqualTo("still here");
    }
  }

  @Test
  void anEngineThatHangsUpIsNoticed() throws Exception {
    try (SocketChannel near = connect()) {
      Socket far = engine.accept();
      far.setSoLinger(true, 0);
      far.close();
      InputStream in = Channels.newInputStream(near);
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  @Test
  void whoeverLeavesIsMissedByTheEngine() throws Exception {
    SocketChannel near = connect();
    try (Socket far = engine.accept()) {
      near.close();
      assertThat(far.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void whereThereIsNoEngineTheReasonIsKnown() throws Exception {
    engine.close();
    try (SocketChannel near = connect()) {
      assertThat(Channels.newInputStream(near).read()).isEqualTo(-1);
    }
    assertThat(relay.failure()).isPresent();
  }

  @Test
  void closingCutsWhatIsUnderWayAndLeavesNoSocket() throws Exception {
    try (SocketChannel near = connect();
        Socket far = engine.accept()) {
      Channels.newOutputStream(near).write(1);
      assertThat(far.getInputStream().read()).isEqualTo(1); // so it is under way
      relay.close();
      assertThat(far.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(relay.socket()).doesNotExist();
    assertThatIOException().isThrownBy(this::connect);
  }

  @Test
  void nobodyElseGetsToIt() throws IOException {
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("relay"))))
        .isEqualTo("rwx------");
  }

  @Test
  void certificatesThatAreNotThereAreNamed() {
    assertThatIOException()
        .isThrownBy(
            () -> new TcpDial("127.0.0.1", engine.getLocalPort(), Optional.of(folder)).open())
        .withMessageContaining("ca.pem");
  }
}
