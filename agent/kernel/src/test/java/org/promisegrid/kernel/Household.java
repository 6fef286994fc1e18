package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.memory.MemoryDriverFactory;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.driver.memory.Program;
import org.promisegrid.kernel.function.Binding;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.function.RefName;
import org.promisegrid.kernel.journal.Disk;
import org.promisegrid.kernel.journal.Journal;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.stack.Timer;
import org.promisegrid.kernel.storage.Storage;
import org.promisegrid.kernel.syscall.Body;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.kernel.token.CallSignature;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.Grant;
import org.promisegrid.kernel.token.Issuer;
import org.promisegrid.kernel.token.KeyFile;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.SandboxDriverFactory;

/// A home with a kernel over memory targets, and people who hold keys and tokens.
final class Household implements AutoCloseable {

  private static final SecureRandom RANDOM = new SecureRandom();

  final Path home;
  final MemoryTarget target;
  private final long segment;
  private final Allowance allowance;
  private final AtomicReference<@Nullable Instant> frozen = new AtomicReference<>();
  private final List<MemoryTarget> targets;
  private final Storage storage;
  private final Optional<Timer> timer;
  private final UnaryOperator<SandboxDriverFactory> drivers;
  private Kernel kernel;
  private @Nullable Household lent;

  Household(Path home) {
    this(home, new MemoryTarget("one"));
  }

  Household(Path home, MemoryTarget... targets) {
    this(home, Journal.SEGMENT, Disk.real(), targets);
  }

  /// @param allowance of everybody but the owner
  Household(Path home, Allowance allowance) {
    this(home, Journal.SEGMENT, allowance, Disk.real(), Storage.DEFAULT, new MemoryTarget("one"));
  }

  /// @param segment bytes after which the journal begins another file
  /// @param disk that the journal is written to by the first kernel
  Household(Path home, long segment, Disk disk, MemoryTarget... targets) {
    this(home, segment, Allowance.DEFAULT, disk, Storage.DEFAULT, targets);
  }

  /// A home whose services are looked after by a timer of the test's own, and a clock that stands
  /// still from `now` on.
  static Household timed(Path home, Timer timer, Instant now, MemoryTarget... targets) {
    return new Household(
        home,
        Journal.SEGMENT,
        Allowance.DEFAULT,
        Disk.real(),
        Storage.DEFAULT,
        Optional.of(timer),
        Optional.of(now),
        it -> it,
        targets);
  }

  /// A home whose clock stands still at `now` before anything is noted by it.
  static Household at(Path home, Instant now) {
    return new Household(
        home,
        Journal.SEGMENT,
        Allowance.DEFAULT,
        Disk.real(),
        Storage.DEFAULT,
        Optional.empty(),
        Optional.of(now),
        it -> it,
        new MemoryTarget("one"));
  }

  /// A home whose drivers are what the test makes of them.
  static Household over(Path home, UnaryOperator<SandboxDriverFactory> drivers) {
    return over(home, drivers, new MemoryTarget("one"));
  }

  static Household over(
      Path home, UnaryOperator<SandboxDriverFactory> drivers, MemoryTarget... targets) {
    return new Household(
        home,
        Journal.SEGMENT,
        Allowance.DEFAULT,
        Disk.real(),
        Storage.DEFAULT,
        Optional.empty(),
        Optional.empty(),
        drivers,
        targets);
  }

  private Household(
      Path home,
      long segment,
      Allowance allowance,
      Disk disk,
      Storage storage,
      MemoryTarget... targets) {
    this(
        home,
        segment,
        allowance,
        disk,
        storage,
        Optional.empty(),
        Optional.empty(),
        it -> it,
        targets);
  }

  private Household(
      Path home,
      long segment,
      Allowance allowance,
      Disk disk,
      Storage storage,
      Optional<Timer> timer,
      Optional<Instant> now,
      UnaryOperator<SandboxDriverFactory> drivers,
      MemoryTarget... targets) {
    this.timer = timer;
    this.drivers = drivers;
    now.ifPresent(frozen::set);
    this.allowance = allowance;
    this.segment = segment;
    this.home = home;
    this.storage = storage;
    this.targets = List.of(targets);
    this.target = targets[0];
    this.kernel = start(disk);
  }

  /// A home whose content gets so much room, for so long.
  static Household with(Path home, Storage storage) {
    return new Household(
        home, Journal.SEGMENT, Allowance.DEFAULT, Disk.real(), storage, new MemoryTarget("one"));
  }

  private Kernel start(Disk disk) {
    Kernel opened =
        Kernel.open(
            new Settings(home, "test", Map.of(), Map.of(), segment, allowance, storage),
            new Drivers(
                List.of(
                    drivers.apply(new MemoryDriverFactory(targets.toArray(new MemoryTarget[0])))),
                List.of()),
            this::now,
            RANDOM,
            disk,
            (_, _) -> {},
            timer);
    try {
      assertThat(opened.awaitReady(Duration.ofMinutes(5))).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return opened;
  }

  Kernel kernel() {
    return kernel;
  }

  /// Ends the kernel and opens another one on the same home.
  void restart() {
    kernel.close();
    kernel = start(Disk.real());
  }

  /// Does something to the home while nobody has it.
  void restart(Runnable meanwhile) {
    kernel.close();
    meanwhile.run();
    kernel = start(Disk.real());
  }

  /// Lets this household's people call another's kernel, which is to be the same node.
  void lend(Household other) {
    lent = other == this ? null : other;
  }

  private Kernel called() {
    Household other = lent;
    return other == null ? kernel : other.kernel;
  }

  /// Waits until the target has been measured: its own samples take places, too.
  void awaitMeasured() throws InterruptedException {
    Reply reply = owner().asks("agent.events", Item.table().put("follow", true));
    try (Follow.EventStream events = ((Follow.Events) reply.follow()).stream()) {
      while (true) {
        Event event = ((Follow.Next.Came) events.next(Duration.ofMinutes(5))).event();
        if (event.detail().get("event").equals(Optional.of(Item.of("measured")))) {
          return;
        }
      }
    }
  }

  /// Sets the clock, and leaves it there.
  void setClock(Instant now) {
    frozen.set(now);
  }

  /// What the clock shows: the kernel, and whoever signs here, have the same one.
  private Instant now() {
    return Optional.ofNullable(frozen.get()).orElseGet(Instant::now);
  }

  /// Lets the clock go on.
  void thaw() {
    frozen.set(null);
  }

  @Override
  public void close() {
    kernel.close();
  }

  /// The home's owner, as the CLI is.
  Person owner() {
    try {
      return new Person(
          KeyFile.read(home.resolve("keys/owner.pem")),
          Chain.parse(Files.readString(home.resolve("keys/root.token"))));
    } catch (IOException | MalformedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Somebody to whom the node itself gives a token.
  Person root(SigningKey to, UnaryOperator<Grant> less) {
    try {
      SigningKey node = KeyFile.read(home.resolve("keys/node.pem"));
      return new Person(
          to,
          new Issuer(node, Protocols.cid("token"), this::now, RANDOM)
              .root(less.apply(Grant.to(to.did()))));
    } catch (IOException | MalformedException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Somebody with a key and no token.
  static SigningKey stranger() {
    return SigningKey.generate(RANDOM);
  }

  static Cid function(String name) {
    return Protocols.cid(name);
  }

  Cid ref(String name) {
    return new RefName(name).cid(kernel.node());
  }

  /// Somebody who calls, with a key and a chain; without a key if the chain is a bearer's.
  final class Person {
    final Optional<SigningKey> key;
    final Chain chain;

    Person(SigningKey key, Chain chain) {
      this.key = Optional.of(key);
      this.chain = chain;
    }

    private Person(Chain chain) {
      this.key = Optional.empty();
      this.chain = chain;
    }

    Did did() {
      return key.orElseThrow().did();
    }

    /// The token that this person uses.
    Cid token() {
      return chain.leaf();
    }

    /// The same key, with a token that it was given.
    Person with(Chain other) {
      return new Person(key.orElseThrow(), other);
    }

    /// Another key, with this person's token.
    Person as(SigningKey other) {
      return new Person(other, chain);
    }

    /// Passes on what this person may do, or less of it.
    Person grants(SigningKey to, UnaryOperator<Grant> less) {
      return new Person(to, issuer().delegate(chain, less.apply(Grant.to(to.did()))));
    }

    /// Makes a token that whoever holds it may use.
    Person bearer(Instant until, UnaryOperator<Grant> less) {
      return new Person(issuer().delegate(chain, less.apply(Grant.bearer(until))));
    }

    private Issuer issuer() {
      return new Issuer(key.orElseThrow(), Protocols.cid("token"), Household.this::now, RANDOM);
    }

    Call prepare(Cid function, Item.Table params, Input input, Terms terms) {
      Call.Request request = new Call.Request(function, params, input, terms);
      Instant now = now().truncatedTo(ChronoUnit.SECONDS);
      Optional<byte[]> signature =
          key.map(signer ->
              CallSignature.sign(
                  Protocols.CALL,
                  signer,
                  function,
                  request.payload(),
                  chain.leaf(),
                  parsed(called().node().did()),
                  now,
                  now.plusSeconds(300)));
      return request.proved(chain.links().stream().map(Item.Bytes::value).toList(), signature);
    }

    Reply send(Call call) {
      return send(call, Optional.empty());
    }

    Reply send(Call call, Optional<Body> body) {
      try {
        Reply reply = called().handle(call.message().bytes(), body, "test");
        assertThat(reply.call()).isEqualTo(call.cid());
        return reply;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    Reply asks(Cid function, Item.Table params, Input input, Terms terms) {
      return send(prepare(function, params, input, terms));
    }

    Reply asks(String function, Item.TableBuilder params) {
      return asks(Protocols.cid(function), params.build(), Input.none(), nonce());
    }

    Item.Table gets(String function, Item.TableBuilder params) {
      return kept(asks(function, params));
    }

    Cid puts(byte[] bytes) {
      Reply reply =
          send(
              prepare(
                  Protocols.cid("content.put"),
                  Item.table().put("size", bytes.length).build(),
                  Input.none(),
                  Terms.NONE),
              Optional.of(
                  new Body(new ByteArrayInputStream(bytes), OptionalLong.of(bytes.length))));
      return link(kept(reply), "cid");
    }

    Cid puts(String text) {
      return puts(text.getBytes(StandardCharsets.UTF_8));
    }

    Reply keepsSecret(String name, byte[] secret) {
      return send(
          prepare(
              Protocols.cid("secret.put"),
              Item.table().put("name", name).put("size", secret.length).build(),
              Input.none(),
              nonce()),
          Optional.of(new Body(new ByteArrayInputStream(secret), OptionalLong.of(secret.length))));
    }

    byte[] reads(Cid cid) {
      Reply reply = asks("content.get", Item.table().put("cid", cid));
      if (!(reply.follow() instanceof Follow.Bytes(var bytes, long size))) {
        throw new AssertionError("no bytes follow " + reply.payload());
      }
      try (bytes) {
        byte[] all = bytes.readAllBytes();
        assertThat(all).hasSize((int) size);
        return all;
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    /// Makes `program` a function.
    Cid defines(Program program, UnaryOperator<Shape> shape) {
      String name = "program " + RANDOM.nextLong();
      for (MemoryTarget each : targets) {
        var _ = each.register(name, program);
      }
      Cid code = puts(MemoryTarget.code(name));
      return puts(shape.apply(new Shape(new Form(MemoryTarget.FORM, code))).descriptor().encode());
    }

    /// Lets a name stand for a function, or whatever else.
    void names(String name, Cid head) {
      Item.TableBuilder params = Item.table().put("name", name).put("head", head);
      Reply now = asks("ref.get", Item.table().put("name", name));
      if (now.payload() instanceof Payload.Kept(Item value)) {
        params.put("base", link((Item.Table) value, "head"));
      }
      assertThat(kept(asks("ref.propose", params))).isNotNull();
    }

    Cid binds(Cid function, Terms terms) {
      return puts(new Binding(function, terms).message().bytes());
    }
  }

  /// How a function is described, besides its one form.
  record Shape(
      Form form,
      boolean pure,
      boolean idempotent,
      Item.Table parameters,
      List<Integer> kept,
      Map<String, Item> slots) {
    Shape(Form form) {
      this(form, true, false, Item.EMPTY, List.of(0), Map.of());
    }

    Shape impure() {
      return new Shape(form, false, false, parameters, kept, slots);
    }

    Shape idempotently() {
      return new Shape(form, false, true, parameters, kept, slots);
    }

    Shape keeps(Integer... codes) {
      return new Shape(form, pure, idempotent, parameters, List.of(codes), slots);
    }

    Shape with(String parameter, Item.TableBuilder schema) {
      List<Item> all = new ArrayList<>();
      parameters.get("list").ifPresent(list -> all.addAll(((Item.Array) list).items()));
      all.add(Item.array(Item.of(parameter), schema.build()));
      return new Shape(
          form, pure, idempotent, Item.table().put("list", Item.array(all)).build(), kept, slots);
    }

    /// With a slot for a secret, which makes it impure.
    Shape secret(String slot, String path, boolean optional) {
      Item.TableBuilder table = Item.table().put("kind", "secret").put("path", path);
      if (optional) {
        table.put("optional", true);
      }
      Map<String, Item> all = new HashMap<>(slots);
      all.put(slot, table.build());
      return new Shape(form, false, false, parameters, kept, all);
    }

    Descriptor descriptor() {
      Item.TableBuilder table =
          Item.table().put("forms", Item.array(Item.table().put(form.kind(), form.code()).build()));
      if (pure) {
        table.put("pure", true);
      }
      if (idempotent) {
        table.put("idempotent", true);
      }
      if (!slots.isEmpty()) {
        table.put("slots", Item.table(slots));
      }
      if (!kept.equals(List.of(0))) {
        table.put("kept", Item.array(kept.stream().map(Item::of).toList()));
      }
      parameters.get("list").ifPresent(list -> table.put("parameters", list));
      try {
        return Descriptor.of(table.build());
      } catch (MalformedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static Did parsed(String did) {
    try {
      return Did.parse(did);
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
  }

  static Item.Table kept(Reply reply) {
    if (reply.payload() instanceof Payload.Kept(Item.Table value)) {
      return value;
    }
    throw new AssertionError("not kept: " + reply.payload());
  }

  static Cid link(Item.Table table, String name) {
    return ((Item.Link) table.get(name).orElseThrow()).cid();
  }

  static Payload.Receipted receipted(Reply reply) {
    if (reply.payload() instanceof Payload.Receipted receipted) {
      return receipted;
    }
    throw new AssertionError("no receipt: " + reply.payload());
  }

  static Receipt receipt(Reply reply) {
    try {
      return Receipt.decode(Message.decode(receipted(reply).receipt().value()));
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
  }

  static Answer.How how(Reply reply) {
    return receipted(reply).how();
  }

  static String text(Reply reply) {
    return new String(receipted(reply).result().orElseThrow().value(), StandardCharsets.UTF_8);
  }

  /// The token that the answer says was revoked.
  static Cid revoked(Reply reply) {
    if (reply.payload() instanceof Payload.Revoked(Cid token)) {
      return token;
    }
    throw new AssertionError("not revoked: " + reply.payload());
  }

  static String detail(Reply reply) {
    if (reply.payload() instanceof Payload.NotPromised notPromised) {
      return notPromised.detail();
    }
    throw new AssertionError("promised: " + reply.payload());
  }

  static Answer.Reason reason(Reply reply) {
    if (reply.payload() instanceof Payload.NotPromised notPromised) {
      return notPromised.reason();
    }
    throw new AssertionError("promised: " + reply.payload());
  }

  static Terms nonce() {
    byte[] nonce = new byte[Terms.NONCE_SIZE];
    RANDOM.nextBytes(nonce);
    return Terms.builder().nonce(nonce).build();
  }

  /// Copies its input, in capitals, and its arguments.
  static final Program SHOUT =
      it -> {
        String in = new String(it.in().readAllBytes(), StandardCharsets.UTF_8);
        it.out()
            .write((in + it.arguments()).toUpperCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8));
        return 0;
      };

  static Input input(String text) {
    return new Input.Inline(text.getBytes(StandardCharsets.UTF_8));
  }
}
