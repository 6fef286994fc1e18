package org.promisegrid.server;

import io.quarkus.arc.Arc;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.CallSignature;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.Grant;
import org.promisegrid.kernel.token.Issuer;
import org.promisegrid.kernel.token.KeyFile;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.server.wiring.AgentApplication;

/// The owner of the home that the agent under test runs on: reads its keys, issues tokens, signs
/// calls. As a test resource, makes the home and removes it.
public final class Owner implements QuarkusTestResourceLifecycleManager {

  private static final String HOME = "grid.home";

  /// Every function that bearers in these tests may need.
  private static final String[] EVERYTHING = {
    "content.put",
    "content.get",
    "content.has",
    "content.tree",
    "content.graph",
    "token.list",
    "token.revoke",
    "ref.get",
    "ref.propose",
    "ref.list",
    "ref.log",
    "call.explain",
    "call.await",
    "call.cancel",
    "call.watch",
    "call.list",
    "agent.status",
    "agent.events"
  };

  @Override
  public Map<String, String> start() {
    try {
      Path home = Files.createTempDirectory("grid");
      System.setProperty(HOME, home.toString());
      return Map.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {
    try (Stream<Path> files = Files.walk(home())) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    System.clearProperty(HOME);
  }

  public static Path home() {
    return Path.of(System.getProperty(HOME));
  }

  /// What `agent.json` says under a name.
  public static synchronized String agent(String name) {
    try {
      // As the agent's own process does when all of it listens; a test has no such process.
      Arc.container().instance(AgentApplication.class).get().announce();
      return Fields.of(Json.read(Files.readAllBytes(home().resolve("agent.json"))), "agent.json")
          .requiredText(name);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static SigningKey key() {
    try {
      return KeyFile.read(home().resolve("keys/owner.pem"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The name of the owner's own token.
  public static Cid rootToken() {
    return root().leaf();
  }

  private static Chain root() {
    try {
      return Chain.parse(Files.readString(home().resolve("keys/root.token")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// A bearer token for kernel functions, and for others.
  public static Chain bearer(String[] kernel, Cid... others) {
    Grant grant =
        Grant.bearer(Instant.now().plus(Duration.ofHours(1)))
            .may(Arrays.stream(kernel).map(Protocols::cid).toArray(Cid[]::new))
            .may(others);
    return issue(grant);
  }

  /// A bearer token for all kernel functions, and for others.
  public static String everything(Cid... others) {
    return bearer(EVERYTHING, others).text();
  }

  public static Chain issue(Grant grant) {
    return new Issuer(key(), Protocols.cid("token"), InstantSource.system(), new SecureRandom())
        .delegate(root(), grant);
  }

  /// A call by the owner.
  public static Call call(String function, Item.Table params) {
    return call(Protocols.cid(function), params, Input.none(), Terms.NONE);
  }

  public static Call call(Cid function, Item.Table params, Input input, Terms terms) {
    Call.Request request = new Call.Request(function, params, input, terms);
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    try {
      byte[] signature =
          CallSignature.sign(
              Protocols.cid("call"),
              key(),
              function,
              request.payload(),
              root().leaf(),
              Did.parse(agent("node")),
              now,
              now.plusSeconds(600));
      return request.proved(
          root().links().stream().map(Item.Bytes::value).toList(), Optional.of(signature));
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
  }
}
