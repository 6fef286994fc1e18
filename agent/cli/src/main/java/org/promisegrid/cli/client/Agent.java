package org.promisegrid.cli.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import org.promisegrid.kernel.content.Multihash;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Framing;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.CoseSign1;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.sandbox.Cid;

/// An agent as a caller sees it: calls are proved by a [Credential], and an answer counts only if
/// it is signed by the node that the credential is good for, and names the call. For one thread;
/// what follows an answer is read before the next call is made.
public final class Agent implements AutoCloseable {

  private static final int PIECE = 64 << 10;

  /// Opens a way to the agent.
  @FunctionalInterface
  interface Dialer {
    Line dial() throws IOException;
  }

  private final Dialer dialer;
  private final Line line;
  private final Credential credential;
  private final InstantSource clock;

  private Agent(Dialer dialer, Line line, Credential credential, InstantSource clock) {
    this.dialer = dialer;
    this.line = line;
    this.credential = credential;
    this.clock = clock;
  }

  /// Reaches an agent as below, by the certificates that the system trusts.
  public static Agent reach(HomeFolder home, Optional<String> on, Credential credential) {
    return reach(home, on, Trust.of(Optional.empty()), credential);
  }

  /// Reaches the agent at an address, or else the one of a home.
  ///
  /// @param on an http(s) address, `host:port`, or the path of a socket
  /// @param trust for https
  /// @throws Failure if there is none, or it isn't the node that the credential is for
  public static Agent reach(
      HomeFolder home, Optional<String> on, Trust trust, Credential credential) {
    if (on.isPresent()) {
      requireCover(on.get(), credential);
      return open(dialer(on.get(), trust), on.get(), credential);
    }
    Running running = home.running().orElseThrow(() -> absent(home));
    if (!running.node().equals(credential.node().toString())) {
      throw Failure.agent(
          "the agent of "
              + home.path()
              + " is "
              + running.node()
              + ", but the token is for calls"
              + " of "
              + credential.node());
    }
    return open(
        () -> SocketLine.open(running.socket()),
        home.path() + " (process " + running.pid() + ")",
        credential);
  }

  /// A token that just anybody could use isn't shown to a network that just anybody can listen to.
  private static void requireCover(String on, Credential credential) {
    Optional<URI> address = address(on).filter(uri -> uri.getScheme().equals("http"));
    if (credential.key().isEmpty() && address.isPresent()) {
      String host = address.get().getHost();
      if (!host.matches("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]")) {
        throw Failure.usage("a bearer token isn't sent to " + host + " without TLS")
            .hint("use https://, or a token for a key, whose calls are signed");
      }
    }
  }

  private static Agent open(Dialer dialer, String where, Credential credential) {
    try {
      return new Agent(dialer, dialer.dial(), credential, InstantSource.system());
    } catch (IOException e) {
      throw Failure.agent("the agent of " + where + " can't be reached: " + why(e))
          .hint("`grid up` starts the one of this home")
          .because(e);
    }
  }

  private static Dialer dialer(String on, Trust trust) {
    Optional<URI> address = address(on);
    if (address.isPresent()) {
      return () -> new HttpLine(address.get(), trust);
    }
    Path socket = Path.of(on);
    return () -> SocketLine.open(socket);
  }

  /// Where HTTP is spoken; empty for a socket.
  private static Optional<URI> address(String on) {
    if (on.startsWith("http://") || on.startsWith("https://")) {
      return Optional.of(uri(on));
    }
    boolean port = on.matches("[A-Za-z0-9.-]+:[0-9]{1,5}|\\[[0-9a-fA-F:]+]:[0-9]{1,5}");
    return port ? Optional.of(uri("http://" + on)) : Optional.empty();
  }

  private static URI uri(String text) {
    try {
      URI uri = URI.create(text);
      if (uri.getHost() != null) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      throw Failure.usage("not an agent's address: " + text).because(e);
    }
    throw Failure.usage("not an agent's address: " + text);
  }

  private static Failure absent(HomeFolder home) {
    return Failure.agent("no agent runs on " + home.path())
        .hint("start one with `grid up`, or name another by --on or GRID_HOST");
  }

  /// The node that answers.
  public Did node() {
    return credential.node();
  }

  /// Where it was reached.
  public String where() {
    return line.to();
  }

  /// Another line to the same agent, as the same caller.
  public Agent again() throws IOException {
    return new Agent(dialer, dialer.dial(), credential, clock);
  }

  /// A call, with its proof.
  public Call prove(Cid function, Item.Table params, Input input, Terms terms) {
    return credential.prove(new Call.Request(function, params, input, terms), clock.instant());
  }

  /// Sends a call, and waits for its answer.
  ///
  /// @throws Failure if there is none that is the node's
  public Reply send(Call call) {
    return send(call, Optional.empty());
  }

  private Reply send(Call call, Optional<Body> body) {
    try {
      InputStream stream = line.exchange(call.message().bytes(), body);
      byte[] frame =
          Framing.read(stream)
              .orElseThrow(() -> Failure.agent("the agent hung up without an answer"));
      Answer answer = Answer.decode(Message.decode(frame));
      check(call, answer);
      return new Reply(call, answer, stream);
    } catch (IOException e) {
      throw Failure.agent("no answer from " + line.to() + ": " + why(e)).because(e);
    } catch (MalformedException e) {
      throw Failure.agent("what " + line.to() + " answers isn't an answer: " + e.getMessage())
          .because(e);
    }
  }

  private void check(Call call, Answer answer) throws MalformedException {
    if (!proves(credential.node(), answer)) {
      throw Failure.agent(
          "the answer is not signed by " + credential.node() + ": something else answered");
    }
    if (!answer.call().equals(call.cid())) {
      throw Failure.agent("the answer is to another call, " + answer.call());
    }
  }

  /// Whether `node` signed an answer.
  static boolean proves(Did node, Answer answer) throws MalformedException {
    return CoseSign1.decode(answer.proof())
        .verify(
            node.key(),
            Answer.signedContent(answer.call(), answer.payloadBytes()),
            Protocols.ANSWER);
  }

  /// Calls a kernel function without input.
  public Reply ask(String function, Item.Table params) {
    return ask(function, params, Optional.empty());
  }

  private Reply ask(String function, Item.Table params, Optional<Body> body) {
    // The same again within a second would be the same call, and isn't made twice.
    Terms terms = Terms.builder().nonce(nonce()).build();
    return send(prove(Protocols.cid(function), params, Input.none(), terms), body);
  }

  /// What a kernel function keeps, which takes no input and after which nothing follows.
  public Told kept(String function, Item.Table params) {
    return ask(function, params).kept(function);
  }

  /// Puts content, and returns what the agent says of it.
  public Told put(Source source) {
    return put(source, Item.EMPTY);
  }

  /// Puts content.
  ///
  /// @param more parameters besides its name and size
  public Told put(Source source, Item.Table more) {
    Item.TableBuilder params = Item.table().put("cid", source.cid()).put("size", source.size());
    more.entries()
        .forEach((key, value) -> {
          if (key instanceof Item.Text(String name)) {
            params.put(name, value);
          }
        });
    return put(params.build(), source.body(), source::cid);
  }

  /// Keeps a secret, which is sent behind the call: the call's name must not depend on it.
  public Told putSecret(String name, byte[] secret) {
    return ask(
            "secret.put",
            Item.table().put("name", name).put("size", secret.length).build(),
            Optional.of(new Body(secret.length, () -> new ByteArrayInputStream(secret))))
        .kept("secret.put");
  }

  /// Puts what a stream gives, which is not closed.
  ///
  /// @param size how many bytes it gives
  public Told put(InputStream in, long size) {
    MessageDigest digest = Cid.sha256();
    InputStream hashed =
        new DigestInputStream(in, digest) {
          @Override
          public void close() {
            // Whoever opened it closes it.
          }
        };
    return put(
        Item.table().put("size", size).build(),
        new Body(size, () -> hashed),
        () -> Cid.ofDigest(digest.digest()));
  }

  private Told put(Item.Table params, Body body, Supplier<Cid> name) {
    Told kept = ask("content.put", params, Optional.of(body)).kept("content.put");
    Cid cid = name.get();
    if (!kept.link("cid").equals(cid)) {
      throw Failure.agent(
          "the agent says that what was put is " + kept.link("cid") + ", and it is " + cid);
    }
    return kept;
  }

  /// Writes content, and returns how many bytes it was. It is checked against the name that was
  /// asked for; by then it has been written.
  public long get(Multihash name, OutputStream out) {
    Reply reply = ask("content.get", Item.table().put("cid", item(name)).build());
    Told kept = reply.kept("content.get");
    long length = kept.number("length");
    if (length != kept.number("size")) {
      throw Failure.agent("the agent sends " + length + " bytes of " + name + ", a part of it");
    }
    Summed summed = new Summed(out, name.algorithm());
    pass(reply, length, summed);
    if (!summed.finish().equals(name)) {
      throw Failure.agent(
          "what the agent sent isn't " + name.cid().map(Cid::toString).orElseGet(name::toString));
    }
    return length;
  }

  private static Item item(Multihash name) {
    return name.cid().<Item>map(Item::of).orElseGet(() -> Item.of(name.toString()));
  }

  /// Writes a part of content, which nobody can check against the name of all of it.
  public long part(Item.Table params, OutputStream out) {
    Reply reply = ask("content.get", params);
    long length = reply.kept("content.get").number("length");
    pass(reply, length, out);
    return length;
  }

  /// Writes a backup of all that the agent keeps.
  public Told backup(Item.Table params, OutputStream out) {
    Reply reply = ask("agent.backup", params);
    Told kept = reply.kept("agent.backup");
    pass(reply, kept.number("size"), out);
    return kept;
  }

  /// Writes what follows an answer.
  private static void pass(Reply reply, long length, OutputStream out) {
    byte[] piece = new byte[PIECE];
    long left = length;
    while (left > 0) {
      int got = read(reply.after(), piece, left);
      if (got < 0) {
        throw Failure.agent("the stream ended " + left + " bytes before its end");
      }
      write(out, piece, got);
      left -= got;
    }
  }

  private static int read(InputStream in, byte[] piece, long most) {
    try {
      return in.read(piece, 0, (int) Math.min(piece.length, most));
    } catch (IOException e) {
      throw Failure.agent("the stream broke: " + why(e)).because(e);
    }
  }

  private static void write(OutputStream out, byte[] piece, int length) {
    try {
      out.write(piece, 0, length);
    } catch (IOException e) {
      throw Failure.output(e);
    }
  }

  /// All of content that is at most `limit` bytes long.
  public byte[] get(Cid cid, int limit) {
    long size = kept("content.has", Item.table().put("cid", cid).build()).number("size");
    if (size > limit) {
      throw Failure.usage(cid + " has " + size + " bytes, where " + limit + " are the most");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) size);
    get(Multihash.of(cid), bytes);
    return bytes.toByteArray();
  }

  /// The next of the events that follow an answer; empty when there are no more.
  public static Optional<Event> event(InputStream after) {
    try {
      Optional<byte[]> frame = Framing.read(after);
      return frame.isEmpty()
          ? Optional.empty()
          : Optional.of(Event.decode(Message.decode(frame.get())));
    } catch (IOException e) {
      throw Failure.agent("the stream of events broke: " + why(e)).because(e);
    } catch (MalformedException e) {
      throw Failure.agent("not an event: " + e.getMessage()).because(e);
    }
  }

  /// 16 bytes that nobody has used before.
  public static byte[] nonce() {
    byte[] nonce = new byte[Terms.NONCE_SIZE];
    new SecureRandom().nextBytes(nonce);
    return nonce;
  }

  private static String why(IOException e) {
    if (e instanceof ConnectException && e.getMessage() == null) {
      return "nobody listens there";
    }
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  @Override
  public void close() {
    try {
      line.close();
    } catch (IOException e) {
      throw Failure.agent("closing the line to the agent: " + why(e)).because(e);
    }
  }
}
