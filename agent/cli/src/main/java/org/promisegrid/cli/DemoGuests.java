package org.promisegrid.cli;

import java.io.ByteArrayOutputStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Credential;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.client.Reply;
import org.promisegrid.cli.client.Run;
import org.promisegrid.cli.client.Running;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Condition;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.Grant;
import org.promisegrid.kernel.token.Issuer;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.kernel.token.Use;
import org.promisegrid.sandbox.Cid;

/// The part of the demo in which others than the owner call: a guest, a friend of the guest, and a
/// stranger. They come over HTTP, each with a key of their own.
final class DemoGuests {

  private static final String FUNCTION = "mandelbrot";
  private static final Duration LIFE = Duration.ofMinutes(10);

  private final Stage stage;
  private final Agent owner;
  private final Credential ownerCredential;
  private final String url;
  private final Did node;

  private final SigningKey guest = key();
  private final SigningKey friend = key();
  private final SigningKey stranger = key();

  DemoGuests(Stage stage, Agent owner, Credential ownerCredential, Running running) {
    this.stage = stage;
    this.owner = owner;
    this.ownerCredential = ownerCredential;
    this.url = running.url().orElseThrow(() -> Failure.agent("the agent speaks no HTTP"));
    this.node = owner.node();
  }

  private static SigningKey key() {
    return SigningKey.generate(new SecureRandom());
  }

  private static Issuer issuer(SigningKey key) {
    return new Issuer(key, Protocols.cid("token"), InstantSource.system(), new SecureRandom());
  }

  /// Plays their part.
  ///
  /// @param text content of the owner's that is nobody else's business
  void play(Optional<Cid> text) {
    Optional<Chain> closure = stage.step("a guest gets a closure, parameters bound", this::closure);
    stage.step(
        "the guest can't undo that, nor read more",
        () -> bounds(Stage.need(closure), Stage.need(text)));
    stage.step("a stranger is refused", this::stranger);
    Optional<Chain> less =
        stage.step("the guest passes on less, asking nobody", () -> less(Stage.need(closure)));
    stage.step(
        "revoked by the owner, both are worth nothing",
        () -> revoked(Stage.need(closure), Stage.need(less)));
  }

  private Chain closure() {
    Grant grant =
        Grant.to(guest.did())
            .may(Callee.cid(node, FUNCTION))
            .bind("x", Item.of("-0.16"))
            .bind("y", Item.of("1.0405"))
            .bind("zoom", Item.of("25"))
            .until(Instant.now().plus(LIFE));
    SigningKey ownerKey =
        ownerCredential.key().orElseThrow(() -> Failure.agent("the owner has no key"));
    Chain chain = issuer(ownerKey).delegate(ownerCredential.chain(), grant);
    try (Agent caller = as(chain, guest)) {
      Run run = run(caller, size(320, 200));
      Stage.require(run.isKept(), Delivery.words(run.receipt().body().outcome()));
      Item.Table params = run.receipt().body().params();
      Stage.require(
          params.get("zoom").equals(Optional.of(Item.of("25")))
              && params.get("width").equals(Optional.of(Item.of(320))),
          "the receipt names other parameters: " + params);
      ByteArrayOutputStream picture = new ByteArrayOutputStream();
      run.deliver(caller, picture);
      Png png = Png.check(picture.toByteArray());
      Stage.require(png.width() == 320, "the picture is of another size: " + png);
      stage.say("asked for " + Json.write(size(320, 200)));
      stage.say("ran with  " + Json.write(params));
      stage.outcome("x, y, zoom: the owner's; width, height: the guest's");
    }
    return chain;
  }

  private Reply bounds(Chain closure, Cid text) {
    try (Agent caller = as(closure, guest)) {
      Reply zoomed =
          send(caller, Item.table().put("zoom", "1").put("width", 320).put("height", 200).build());
      refused(zoomed, Answer.Reason.INVALID, Answer.Reason.REFUSED);
      Reply read = caller.ask("content.get", Item.table().put("cid", text).build());
      refused(read, Answer.Reason.ABSENT);
      stage.outcome("another zoom: refused; the owner's text: absent");
      return read;
    }
  }

  private Reply stranger() {
    Chain forged = issuer(stranger).root(Grant.to(stranger.did()));
    try (Agent caller = as(forged, stranger)) {
      Reply reply = send(caller, size(320, 200));
      refused(reply, Answer.Reason.UNAUTHORIZED);
    }
    Chain stolen = ownerCredential.chain();
    try (Agent caller = as(stolen, stranger)) {
      Reply reply = send(caller, size(320, 200));
      refused(reply, Answer.Reason.UNAUTHORIZED);
      stage.outcome("their own token, and the owner's without its key");
      return reply;
    }
  }

  private Chain less(Chain closure) {
    Grant grant =
        Grant.to(friend.did())
            .may(Callee.cid(node, FUNCTION))
            .when(Condition.param("width", Condition.Op.LE, Item.of(160)))
            .at(Use.calls(3))
            .until(Instant.now().plus(LIFE));
    Chain chain = issuer(guest).delegate(closure, grant);
    try (Agent caller = as(chain, friend)) {
      Run small = run(caller, size(160, 100));
      Stage.require(small.isKept(), Delivery.words(small.receipt().body().outcome()));
      refused(send(caller, size(320, 200)), Answer.Reason.REFUSED);
      stage.outcome("width 160: kept; width 320: refused");
    }
    return chain;
  }

  private Cid revoked(Chain closure, Chain less) {
    owner.kept("token.revoke", Item.table().put("token", Cbor.encode(closure.toItem())).build());
    for (boolean theirs : new boolean[] {true, false}) {
      try (Agent caller = theirs ? as(closure, guest) : as(less, friend)) {
        Reply reply = send(caller, size(160, 100));
        Stage.require(
            reply.answer().payload() instanceof Payload.Revoked revoked
                && revoked.token().equals(closure.leaf()),
            "the answer is " + reply.answer().payload());
      }
    }
    stage.outcome("answered `revoked`, the friend's as well");
    return closure.leaf();
  }

  private Agent as(Chain chain, SigningKey key) {
    return Agent.reach(
        new HomeFolder(java.nio.file.Path.of("/nonexistent")),
        Optional.of(url),
        new Credential(chain, Optional.of(key), node));
  }

  private static Item.Table size(int width, int height) {
    return Item.table().put("width", width).put("height", height).build();
  }

  private Run run(Agent caller, Item.Table params) {
    return Run.of(send(caller, params), node);
  }

  private Reply send(Agent caller, Item.Table params) {
    return caller.send(
        caller.prove(
            Callee.cid(node, FUNCTION),
            params,
            Input.none(),
            Terms.builder().nonce(Agent.nonce()).build()));
  }

  private static void refused(Reply reply, Answer.Reason... expected) {
    Stage.require(
        reply.answer().payload() instanceof Payload.NotPromised no
            && List.of(expected).contains(no.reason()),
        "expected " + List.of(expected) + ", was " + reply.answer().payload());
  }
}
