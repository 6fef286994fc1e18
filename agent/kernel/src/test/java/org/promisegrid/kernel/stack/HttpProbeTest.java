package org.promisegrid.kernel.stack;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.promisegrid.kernel.dispatch.Alarms;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceState;

/// Whether a service answers a GET, by services that do it well, badly, or without end.
@Timeout(60)
final class HttpProbeTest {

  private final Alarms alarms = new Alarms();
  private final ScheduledExecutorService server = Executors.newScheduledThreadPool(1);
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private ServerSocket listening;

  @BeforeEach
  void listen() throws IOException {
    listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    server.shutdownNow();
    listening.close();
    alarms.close();
  }

  /// What a service does with a connection whose request was read.
  private interface Answering {
    void answer(Socket connection, OutputStream out) throws IOException;
  }

  private Optional<String> probe(String path, Duration timeout, Answering answering)
      throws InterruptedException {
    var _ =
        server.submit(() -> {
          Socket connection = listening.accept();
          var in = new BufferedReader(new InputStreamReader(connection.getInputStream(), US_ASCII));
          for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
            asked.add(line);
          }
          answering.answer(connection, connection.getOutputStream());
          return connection;
        });
    Health health =
        new Health(
            new Health.Check.Http(listening.getLocalPort(), path),
            Health.EVERY,
            timeout,
            1,
            Duration.ZERO);
    Service untouched =
        (Service)
            Proxy.newProxyInstance(
                Service.class.getClassLoader(),
                new Class<?>[] {Service.class},
                (_, method, _) -> {
                  throw new AssertionError(method);
                });
    return new Probe(alarms)
        .run(
            health,
            untouched,
            new ServiceState.Running(
                Instant.EPOCH, Optional.of(InetAddress.getLoopbackAddress()), List.of()));
  }

  private Optional<String> answeredBy(String answer) throws InterruptedException {
    return probe(
        "/ping?a=b%20c",
        Duration.ofSeconds(50),
        (connection, out) -> {
          out.write(answer.getBytes(US_ASCII));
          connection.shutdownOutput();
        });
  }

  @ParameterizedTest
  @CsvSource({"200 OK", "204", "302 Found", "399 Odd"})
  void findsAServiceWellThatAnswersSo(String status) throws InterruptedException {
    assertThat(answeredBy("HTTP/1.1 " + status + "\r\nContent-Length: 7\r\n\r\nnothing")).isEmpty();
    assertThat(asked)
        .contains("GET /ping?a=b%20c HTTP/1.1", "Host: 127.0.0.1:" + listening.getLocalPort());
  }

  @ParameterizedTest
  @CsvSource({"101 Switching Protocols,101", "400 Bad,400", "503 Unavailable,503"})
  void findsItIllOtherwise(String status, String code) throws InterruptedException {
    assertThat(answeredBy("HTTP/1.1 " + status + "\r\n\r\n"))
        .hasValue("GET /ping?a=b%20c is answered by " + code);
  }

  @Test
  void takesTheAnswerAfterThoseThatSayItGoesOn() throws InterruptedException {
    assertThat(answeredBy("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.0 500 No\r\n\r\n"))
        .hasValue("GET /ping?a=b%20c is answered by 500");
  }

  @Test
  void saysWhatElseIsWrong() throws InterruptedException {
    assertThat(answeredBy("SSH-2.0-x\r\n")).hasValue("what answers speaks no HTTP");
    assertThat(answeredBy("HTTP/1.1 2")).hasValue("the connection ended before the answer");
    assertThat(answeredBy("x".repeat(100_000)).orElseThrow()).contains("more than 65536 bytes");
  }

  @Test
  void saysThatAPathIsNone() throws InterruptedException {
    assertThat(probe("/%zz", Duration.ofSeconds(50), (_, _) -> {}))
        .hasValue("no URL can be made of the path /%zz");
  }

  @Test
  void endsThoughTheServiceSendsAByteNowAndThenWithoutEnd() throws Exception {
    CompletableFuture<IOException> cutOff = new CompletableFuture<>();
    Optional<String> wrong =
        probe(
            "/",
            Duration.ofMillis(200),
            (_, out) -> {
              out.write("HTTP/1.1 ".getBytes(US_ASCII));
              var _ =
                  server.scheduleWithFixedDelay(
                      () -> {
                        try {
                          out.write('2');
                        } catch (IOException e) {
                          cutOff.complete(e);
                        }
                      },
                      0,
                      10,
                      TimeUnit.MILLISECONDS);
            });
    assertThat(wrong).hasValue("GET / takes longer than 200 ms");
    assertThat(cutOff.get()).isNotNull();
  }
}
