package org.promisegrid.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.message.Answer.How;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.token.CoseSign1;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Usage;

/// Whatever answers at the agent's socket, a command believes nothing that isn't proved, and says
/// in one sentence what was wrong.
final class HostileAgentTest {

  private static final Item.Table STATUS =
      Item.table().put("node", "n").put("started", 0).put("version", "1").build();
  private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void aHomeOfItsOwn() throws IOException {
    // The path of a socket has at most 108 bytes.
    folder = Files.createTempDirectory(folder, "h");
  }

  private FakeAgent.Ended status(Function<FakeAgent, Function<Call, byte[]>> answers)
      throws IOException {
    return run(answers, "status");
  }

  private FakeAgent.Ended run(
      Function<FakeAgent, Function<Call, byte[]>> answers, String... arguments) throws IOException {
    FakeAgent[] self = new FakeAgent[1];
    try (FakeAgent agent = new FakeAgent(folder, call -> answers.apply(self[0]).apply(call))) {
      self[0] = agent;
      return agent.run(arguments);
    }
  }

  private static void refused(FakeAgent.Ended ended, String sentence) {
    assertThat(ended.code()).isEqualTo(125);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err()).startsWith("grid: ").contains(sentence).hasLineCount(1);
  }

  @Test
  void anHonestAnswerIsBelieved() throws IOException {
    FakeAgent.Ended ended = status(agent -> call -> agent.kept(call, STATUS));
    assertThat(ended.err()).isEmpty();
    assertThat(ended.code()).isZero();
    assertThat(ended.out()).startsWith("node");
  }

  @Test
  void anAnswerOfAnotherNodeIsNotBelieved() throws IOException {
    SigningKey other = SigningKey.generate(new SecureRandom());
    refused(
        status(agent -> call -> FakeAgent.answer(other, call.cid(), new Payload.Kept(STATUS))),
        "is not signed by did:key:");
  }

  @Test
  void anAnswerToAnotherCallIsNotBelieved() throws IOException {
    refused(
        status(
            agent -> call -> FakeAgent.answer(agent.node, Cid.of(HELLO), new Payload.Kept(STATUS))),
        "is to another call");
  }

  @Test
  void aChangedAnswerIsNotBelieved() throws IOException {
    refused(
        status(agent ->
            call -> {
              byte[] frame = agent.kept(call, STATUS);
              frame[frame.length - 1] ^= 1;
              return frame;
            }),
        "is not signed by did:key:");
  }

  @Test
  void aTruncatedFrameIsAnError() throws IOException {
    refused(
        status(agent ->
            call -> {
              agent.hangUpAfterNext();
              byte[] frame = agent.kept(call, STATUS);
              return Arrays.copyOf(frame, frame.length - 1);
            }),
        "the stream ends inside a frame");
  }

  @Test
  void aWebServerIsNoAgent() throws IOException {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(200, HELLO.length);
          exchange.getResponseBody().write(HELLO);
          exchange.close();
        });
    web.start();
    try {
      String url = "http://127.0.0.1:" + web.getAddress().getPort();
      refused(run(agent -> call -> new byte[0], "status", "--on", url), "answers 200: hello");
    } finally {
      web.stop(0);
    }
  }

  @Test
  void anEmptyLineIsAnError() throws IOException {
    refused(status(agent -> call -> new byte[0]), "hung up without an answer");
  }

  @Test
  void aFrameTooLongIsAnErrorBeforeItIsRead() throws IOException {
    refused(
        status(agent -> call -> new byte[] {0x7f, -1, -1, -1, 0}), "a frame of 2147483647 bytes");
  }

  @Test
  void whatIsNoAnswerIsAnError() throws IOException {
    refused(status(agent -> call -> FakeAgent.frame(HELLO)), "isn't an answer");
    folder = Files.createTempDirectory(folder, "h");
    refused(status(agent -> call -> FakeAgent.frame(call.message().bytes())), "isn't an answer");
  }

  @Test
  void aKeptValueThatLacksWhatItsFunctionPromisesIsTheAgentsFault() throws IOException {
    refused(
        status(agent -> call -> agent.kept(call, Item.EMPTY)),
        "isn't what agent.status promises: has no started");
  }

  @Test
  void contentThatIsNotWhatWasAskedForIsFound() throws IOException {
    FakeAgent.Ended ended =
        run(agent -> call -> content(agent, call, HELLO.length, "hellO"), "get", cid());
    assertThat(ended.code()).isEqualTo(125);
    assertThat(ended.err()).contains("what the agent sent isn't " + cid());
  }

  @Test
  void contentThatIsNotWhatWasAskedForBecomesNoFile() throws IOException {
    Path file = folder.resolve("out");
    FakeAgent.Ended ended =
        run(
            agent -> call -> content(agent, call, HELLO.length, "hellO"),
            "get",
            cid(),
            "--out",
            file.toString());
    assertThat(ended.code()).isEqualTo(125);
    assertThat(file).doesNotExist();
    try (var files = Files.list(folder)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .allMatch(name -> !name.startsWith("."));
    }
  }

  @Test
  void aPartOfContentIsNotTakenForTheWhole() throws IOException {
    FakeAgent.Ended ended =
        run(agent -> call -> content(agent, call, 4, HELLO.length, "hell"), "get", cid());
    assertThat(ended.code()).isEqualTo(125);
    assertThat(ended.err()).contains("a part of it");
    assertThat(ended.out()).isEmpty();
  }

  @Test
  void contentAskedForByAnotherSumIsCheckedAgainstThatSum() throws IOException {
    String sum = "sha512:" + "ab".repeat(64);
    FakeAgent.Ended ended =
        run(agent -> call -> content(agent, call, HELLO.length, "hello"), "get", sum);
    assertThat(ended.code()).isEqualTo(125);
    assertThat(ended.err()).contains("what the agent sent isn't sha2-512:abab");
  }

  private static String cid() {
    return Cid.of(HELLO).toString();
  }

  private static byte[] content(FakeAgent agent, Call call, int size, String bytes) {
    return content(agent, call, size, size, bytes);
  }

  private static byte[] content(FakeAgent agent, Call call, int length, int size, String bytes) {
    if (call.function().equals(Protocols.cid("content.has"))) {
      return agent.kept(call, Item.table().put("cid", Cid.of(HELLO)).put("size", size).build());
    }
    byte[] frame =
        agent.kept(
            call,
            Item.table()
                .put("cid", Cid.of(HELLO))
                .put("size", size)
                .put("offset", 0)
                .put("length", length)
                .build());
    byte[] body = bytes.getBytes(StandardCharsets.UTF_8);
    byte[] both = Arrays.copyOf(frame, frame.length + body.length);
    System.arraycopy(body, 0, both, frame.length, body.length);
    return both;
  }

  @Test
  void anHonestRunIsDelivered() throws IOException {
    FakeAgent.Ended ended =
        run(agent -> call -> ran(agent, agent.node, call, Input.EMPTY, HELLO, HELLO), "call", "f");
    assertThat(ended).isEqualTo(new FakeAgent.Ended(3, "hello", "some log\n"));
  }

  @Test
  void aReceiptThatSomebodyElseSignedIsNotBelieved() throws IOException {
    refused(
        run(agent -> call -> ran(agent, agent.owner, call, Input.EMPTY, HELLO, HELLO), "call", "f"),
        "the receipt is not signed by did:key:");
  }

  @Test
  void aReceiptOfAnotherInputIsNotBelieved() throws IOException {
    refused(
        run(
            agent -> call -> ran(agent, agent.node, call, Cid.of(HELLO), HELLO, HELLO),
            "call",
            "f"),
        "is of a run on other input");
  }

  @Test
  void aResultThatTheReceiptDoesntNameIsNotBelieved() throws IOException {
    refused(
        run(
            agent -> call -> ran(agent, agent.node, call, Input.EMPTY, HELLO, new byte[] {1, 2}),
            "call",
            "f"),
        "the result isn't the one that the receipt names");
  }

  @Test
  void anAnswerCantMoveTheCursor() throws IOException {
    FakeAgent.Ended ended =
        status(agent ->
            call ->
                FakeAgent.answer(
                    agent.node, call.cid(), new Payload.Broken("\u001b[2J\nall is well")));
    assertThat(ended.code()).isEqualTo(125);
    assertThat(ended.err()).startsWith("grid: the agent failed: ·[2J·all is well\n");
  }

  @Test
  void anAnswerCantTurnTheWritingRound() throws IOException {
    FakeAgent.Ended ended =
        status(agent ->
            call ->
                FakeAgent.answer(
                    agent.node, call.cid(), new Payload.Broken("\u202eexe.\u009b2Jtxt")));
    assertThat(ended.err()).startsWith("grid: the agent failed: ·exe.·2Jtxt\n");
  }

  @Test
  void whatAnAgentSaysOfItselfCantMoveTheCursor() throws IOException {
    String bad = "\u001b]0;title\u0007\u202e";
    FakeAgent.Ended ended =
        run(
            agent ->
                call ->
                    agent.kept(
                        call, Item.table().put("call", Cid.of(HELLO)).put("state", bad).build()),
            "cancel",
            cid());
    assertThat(ended.out()).isEqualTo(cid() + " ·]0;title··\n");
  }

  @Test
  void jsonForATerminalCantMoveTheCursor() throws IOException {
    FakeAgent.Ended ended =
        run(
            agent ->
                call ->
                    agent.kept(call, Item.table().put("x", "\u007f\u009b\u202e\u2028ü😀").build()),
            "status",
            "-o",
            "json");
    assertThat(ended.out()).contains("\"\\u007f\\u009b\\u202e\\u2028ü😀\"");
  }

  private static byte[] ran(
      FakeAgent agent, SigningKey signer, Call call, Cid input, byte[] named, byte[] sent) {
    Receipt receipt = receipt(agent, signer, input, named);
    return FakeAgent.answer(
        agent.node,
        call.cid(),
        new Payload.Receipted(
            Item.of(receipt.message().bytes()), How.RUN, Optional.of(Item.of(sent))));
  }

  private static Receipt receipt(FakeAgent agent, SigningKey signer, Cid input, byte[] named) {
    Receipt.Body body =
        new Receipt.Body(
            new NodeId(agent.node.did().toString()),
            Cid.of(new byte[] {1}),
            Cid.of(new byte[] {2}),
            Item.EMPTY,
            input,
            new Receipt.Ended.Kept(OptionalInt.of(3)),
            Optional.of(new Receipt.Result(Cid.of(named), named.length)),
            new Target("wasm", "local"),
            "wasm",
            Cid.of(new byte[] {3}),
            Receipt.Purity.ENFORCED,
            Isolation.SANDBOX,
            Instant.EPOCH,
            Duration.ofMillis(5),
            Usage.NONE,
            0,
            Item.of("some log\n".getBytes(StandardCharsets.UTF_8)),
            Optional.empty(),
            Optional.empty());
    byte[] signature =
        CoseSign1.detached(
            signer,
            CoseSign1.EDDSA,
            Receipt.signedContent(Receipt.bodyBytes(body)),
            Protocols.RECEIPT);
    return Receipt.of(body, signature);
  }
}
