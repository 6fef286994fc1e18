package org.promisegrid.bench;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.wasm.WasmDriverFactory;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.kernel.Reply;
import org.promisegrid.kernel.Settings;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Body;
import org.promisegrid.kernel.token.CallSignature;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.Grant;
import org.promisegrid.kernel.token.Issuer;
import org.promisegrid.kernel.token.KeyFile;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

/// A home with a kernel and the wasm driver, and its owner. The home is in the build's own folder,
/// so that what is flushed reaches the same disk as the agent's would, and no file system in
/// memory.
final class House implements AutoCloseable {

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path home = folder("home");
  final Kernel kernel;
  private final SigningKey key;
  private final Chain root;

  House() throws IOException, MalformedException, InterruptedException {
    kernel =
        Kernel.open(
            new Settings(home, "bench", Map.of(), Map.of()),
            List.of(new WasmDriverFactory()),
            InstantSource.system(),
            RANDOM);
    if (!kernel.awaitReady(Duration.ofMinutes(1))) {
      throw new IllegalStateException("the kernel isn't ready");
    }
    key = KeyFile.read(home.resolve("keys/owner.pem"));
    root = Chain.parse(Files.readString(home.resolve("keys/root.token")));
  }

  /// A new folder for measurements.
  static Path folder(String name) {
    try {
      Path all = Files.createDirectories(Path.of("bench", "target", "scratch"));
      return Files.createTempDirectory(all, name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void remove(Path folder) {
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.delete(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
                throws IOException {
              if (failure != null) {
                throw failure;
              }
              Files.delete(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Makes a module a pure function.
  Cid defines(byte[] module) throws MalformedException, InterruptedException {
    return puts(
        Descriptor.of(
                Item.table()
                    .put("forms", Item.array(Item.table().put("wasm", puts(module)).build()))
                    .put("pure", true)
                    .build())
            .encode());
  }

  private Cid puts(byte[] bytes) throws InterruptedException {
    Call call =
        signed(
            new Call.Request(
                Protocols.cid("content.put"),
                Item.table().put("size", bytes.length).build(),
                Input.none(),
                Terms.NONE));
    Reply reply =
        kernel.handle(
            call.message().bytes(),
            Optional.of(new Body(new ByteArrayInputStream(bytes), OptionalLong.of(bytes.length))),
            "bench");
    if (reply.payload() instanceof Payload.Kept(Item.Table kept)
        && kept.get("cid").orElse(null) instanceof Item.Link(Cid cid)) {
      return cid;
    }
    throw new IllegalStateException("not put: " + reply.payload());
  }

  /// A call as the owner's command sends it.
  Call signed(Call.Request request) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    byte[] signature;
    try {
      signature =
          CallSignature.sign(
              Protocols.CALL,
              key,
              request.function(),
              request.payload(),
              root.leaf(),
              Did.parse(kernel.node().did()),
              now,
              now.plusSeconds(300));
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
    return request.proved(links(root), Optional.of(signature));
  }

  /// A token for whoever holds it, to call one function.
  Chain bearer(Cid function) {
    return new Issuer(key, Protocols.cid("token"), InstantSource.system(), RANDOM)
        .delegate(root, Grant.bearer(Instant.now().plus(Duration.ofDays(1))).may(function));
  }

  /// A call as the HTTP interface makes it of a request with a bearer token.
  static Call borne(Call.Request request, Chain bearer) {
    return request.proved(links(bearer), Optional.empty());
  }

  private static List<byte[]> links(Chain chain) {
    return chain.links().stream().map(Item.Bytes::value).toList();
  }

  /// Has a call answered, which must lead to a receipt.
  Payload.Receipted receipted(Call call) throws InterruptedException {
    Reply reply = kernel.handle(call.message().bytes(), Optional.empty(), "bench");
    if (reply.payload() instanceof Payload.Receipted receipted) {
      return receipted;
    }
    throw new IllegalStateException("no receipt: " + reply.payload());
  }

  @Override
  public void close() {
    kernel.close();
    remove(home);
  }
}
