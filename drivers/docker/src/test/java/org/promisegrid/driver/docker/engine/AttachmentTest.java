package org.promisegrid.driver.docker.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What an engine answers on a connection that is to become a container's streams.
final class AttachmentTest {

  private static final int LARGEST = 1 << 16;

  @Test
  void outputIsWhatStandsInItsPieces() throws IOException {
    byte[] stream = join(piece(1, "one"), piece(2, "shim: why"), piece(1, ""), piece(1, " two"));
    Demultiplexer output = new Demultiplexer(new ByteArrayInputStream(stream));
    assertThat(new String(output.readAllBytes(), UTF_8)).isEqualTo("one two");
    assertThat(output.complaints()).isEqualTo("shim: why");
  }

  @Test
  void ofComplaintsTheEndIsKept() throws IOException {
    byte[] stream = join(piece(2, "x".repeat(5_000)), piece(2, "the end"));
    Demultiplexer output = new Demultiplexer(new ByteArrayInputStream(stream));
    assertThat(output.readAllBytes()).isEmpty();
    assertThat(output.complaints()).endsWith("xxthe end").hasSize(2048);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 10})
  void aStreamThatBreaksOffIsAnError(int length) {
    byte[] whole = piece(1, "output");
    InputStream cut = new ByteArrayInputStream(whole, 0, length);
    assertThatThrownBy(() -> new Demultiplexer(cut).readAllBytes())
        .isInstanceOf(EOFException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 4, 127, 128, 255})
  void aPieceOfNoStreamIsAnError(int type) {
    InputStream stream = new ByteArrayInputStream(piece(type, "output"));
    assertThatThrownBy(() -> new Demultiplexer(stream).readAllBytes())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a piece of stream");
  }

  @RepeatedTest(200)
  void nonsenseEndsInAnErrorOrAnEnd(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    byte[] nonsense = new byte[random.nextInt(LARGEST)];
    random.nextBytes(nonsense);
    for (int at = 0;
        at + 8 <= nonsense.length && random.nextInt(4) > 0; ) { // some of it makes sense
      ByteBuffer header = ByteBuffer.wrap(nonsense, at, 8);
      int size = random.nextInt(100);
      header.putInt((1 + random.nextInt(2)) << 24).putInt(size);
      at += 8 + size;
    }
    Demultiplexer output = new Demultiplexer(new ByteArrayInputStream(nonsense));
    ByteArrayOutputStream taken = new ByteArrayOutputStream();
    try {
      output.transferTo(taken);
    } catch (IOException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
    assertThat(taken.size()).isLessThan(Math.max(1, nonsense.length));
    assertThat(output.complaints().getBytes(UTF_8).length).isLessThan(3 * 2048 + 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Type: application/vnd.docker.raw-stream\n\n"
      })
  void whatFollowsAnAnswerIsTheContainers(String head) throws IOException {
    InputStream from = new ByteArrayInputStream((head + "\r\nrest").getBytes(UTF_8));
    Wire.agreed(from);
    assertThat(new String(from.readAllBytes(), UTF_8)).isEqualTo("\r\nrest");
  }

  @Test
  void aRefusalSaysWhy() {
    assertThatThrownBy(() -> upgrade("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnobody"))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("nobod");
    assertThatThrownBy(() -> upgrade("HTTP/1.1 409 Conflict\r\n\r\n"))
        .isInstanceOf(ConflictException.class);
    assertThatThrownBy(() -> upgrade("HTTP/1.0 500 Oh\r\ncontent-length: 999999999\r\n\r\nwell"))
        .isInstanceOf(DockerException.class)
        .hasMessageContaining("well");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\r\n\r\n",
        "HTTP/1.1",
        "HTTP/1.1 101 UPGRADED\r\n",
        "HTTP/1.1 1010 UPGRADED\r\n\r\n",
        "HTTP/1.1 xxx UPGRADED\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/2 101 UPGRADED\r\n\r\n"
      })
  void whatIsNoEngineIsAnError(String answer) {
    assertThatThrownBy(() -> upgrade(answer)).isInstanceOf(IOException.class);
  }

  @Test
  void anAnswerWithoutAnEndIsAnError() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };
    assertThatThrownBy(() -> Wire.agreed(endless))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("before its body");
  }

  private static void upgrade(String answer) throws IOException {
    Wire.agreed(new ByteArrayInputStream(answer.getBytes(UTF_8)));
  }

  private static byte[] piece(int type, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return ByteBuffer.allocate(8 + bytes.length)
        .putInt(type << 24)
        .putInt(bytes.length)
        .put(bytes)
        .array();
  }

  private static byte[] join(byte[]... pieces) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      all.writeBytes(piece);
    }
    return all.toByteArray();
  }
}
