package org.promisegrid.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Credential;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.function.Quantity;
import org.promisegrid.cli.text.Spans;
import org.promisegrid.cli.text.Values;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.secret.SecretName;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.Grant;
import org.promisegrid.kernel.token.Issuer;
import org.promisegrid.kernel.token.PrivateFile;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.kernel.token.Use;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Issues tokens offline: no agent is asked.
@Command(
    sortOptions = false,
    description = "Issue a token; no agent is asked. It is written to the standard output.",
    footer = {
      "",
      "  grid token issue --bearer --until 1h --function wordcount",
      "  grid token issue --to did:key:z6Mk… --function mandelbrot -p width=320",
      "  grid token issue --from their.token --bearer --until 10m --function mandelbrot \\",
      "      --when 'params.height<=240' --uses 5"
    })
final class TokenIssueCommand implements Callable<Integer> {

  /// Who may use it.
  static final class Audience {
    @Option(names = "--to", paramLabel = "DID", description = "For the holder of that key.")
    private Optional<Did> to = Optional.empty();

    @Option(
        names = "--bearer",
        description = "For whoever holds it, as with a password; it MUST have an end.")
    private boolean bearer;
  }

  private final Session session;

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Audience audience = new Audience();

  @Option(
      names = "--until",
      paramLabel = "1h|DATE",
      description = "When it ends: after 1h, 30d, or at 2027-01-31, 2027-01-31T12:00.")
  private Optional<String> until = Optional.empty();

  @Option(names = "--begins", paramLabel = "1h|DATE", description = "When it begins.")
  private Optional<String> begins = Optional.empty();

  @Option(
      names = "--function",
      paramLabel = "NAME|CID",
      description = "What may be called. Of a name: whatever it points to at the time.")
  private List<String> functions = new ArrayList<>();

  @Option(
      names = "--may",
      paramLabel = "put,get,ref.get",
      split = ",",
      hideParamSyntax = true,
      description = "Kernel functions that may be called.")
  private List<String> may = new ArrayList<>();

  @Option(
      names = {"-p", "--param"},
      paramLabel = "NAME=TEXT|NAME:=JSON",
      description = "Bind a parameter: the caller can leave it out, and can't change it.")
  private List<String> bound = new ArrayList<>();

  @Option(
      names = "--when",
      paramLabel = "CONDITION",
      description = "Only calls for which it holds, as in 'params.width<=640'.")
  private List<String> conditions = new ArrayList<>();

  @Option(
      names = "--secret",
      paramLabel = "NAME",
      description = "A secret that slots may be filled with.")
  private List<String> secrets = new ArrayList<>();

  @Option(names = "--uses", paramLabel = "N", description = "Only so many calls.")
  private Optional<Long> uses = Optional.empty();

  @Option(names = "--rate", paramLabel = "N/1m", description = "Only so many calls in a time.")
  private Optional<String> rate = Optional.empty();

  @Option(
      names = "--from",
      paramLabel = "FILE|TEXT",
      description = "Pass on that token, or less of it (default: the owner's own).")
  private Optional<String> parent = Optional.empty();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write it there, for its owner only (default: -, the standard output).")
  private Optional<Path> out = Optional.empty();

  TokenIssueCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    out = out.filter(file -> !Delivery.isStandard(file));
    HomeFolder home = session.home();
    Credential credential =
        parent
            .map(token -> Credential.given(token, session.keyFile(), home))
            .orElseGet(session::credential);
    SigningKey key =
        credential
            .key()
            .orElseThrow(() ->
                Failure.usage("a bearer token can't be passed on: it names no key")
                    .hint("its issuer can issue another, by --to and your key's DID"));
    Chain chain = issue(key, credential, grant(credential.node()));
    remember(home, chain);
    if (out.isPresent()) {
      writePrivately(out.get(), chain.text() + "\n");
    }
    Item.Table told =
        Item.table()
            .put("token", chain.leaf())
            .put("claims", Claimed.item(Credential.tokens(chain).getFirst()))
            .put("text", out.isPresent() ? Item.NULL : Item.of(chain.text()))
            .build();
    return session.answer(told, () -> out.isPresent() ? "" : chain.text() + "\n");
  }

  private static Chain issue(SigningKey key, Credential from, Grant grant) {
    try {
      return new Issuer(key, Protocols.cid("token"), InstantSource.system(), new SecureRandom())
          .delegate(from.chain(), grant);
    } catch (IllegalArgumentException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
  }

  private Grant grant(Did node) {
    if (functions.isEmpty() && may.isEmpty()) {
      throw Failure.usage("what may be called? Name it by --function or --may");
    }
    if (audience.bearer && until.isEmpty()) {
      throw Failure.usage("a bearer token must end: say when by --until");
    }
    try {
      Instant now = Instant.now();
      Optional<Instant> end = until.map(text -> Spans.point(text, now, session.zone()));
      if (end.isPresent() && !end.get().isAfter(now)) {
        throw Failure.usage("--until is over already: " + end.get());
      }
      Grant grant = audience.to.map(Grant::to).orElseGet(() -> Grant.bearer(end.orElseThrow()));
      if (end.isPresent()) {
        grant = grant.until(end.get());
      }
      if (begins.isPresent()) {
        grant = grant.from(Spans.point(begins.get(), now, session.zone()));
      }
      for (String name : functions) {
        grant = grant.may(Callee.cid(node, name));
      }
      for (String name : secrets) {
        grant = grant.may(new SecretName(name).cid(new NodeId(node.toString())));
      }
      for (String name : may) {
        grant = grant.may(kernelFunction(name));
      }
      for (Map.Entry<String, Item> each : Values.assignments(bound).entrySet()) {
        grant = grant.bind(each.getKey(), each.getValue());
      }
      for (String condition : conditions) {
        grant = grant.when(Values.condition(condition));
      }
      Optional<Use> most = use();
      return most.isPresent() ? grant.at(most.get()) : grant;
    } catch (IllegalArgumentException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
  }

  private Optional<Use> use() {
    if (uses.isEmpty() && rate.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Use(
            uses.map(OptionalLong::of).orElseGet(OptionalLong::empty),
            rate.map(TokenIssueCommand::rate)));
  }

  private static Use.Rate rate(String text) {
    int at = text.indexOf('/');
    if (at < 1 || !text.substring(0, at).matches("[0-9]{1,7}")) {
      throw new IllegalArgumentException("--rate is a number and a time, as in 10/1m");
    }
    Duration window = Quantity.time(text.substring(at + 1));
    return new Use.Rate(Long.parseLong(text.substring(0, at)), window);
  }

  /// A kernel function by its name, or by the last part of that of a content function.
  private static Cid kernelFunction(String name) {
    return Protocols.find(name)
        .filter(_ -> name.indexOf('.') > 0)
        .or(() -> Protocols.find("content." + name))
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there is no kernel function '" + name + "': " + kernelFunctions()));
  }

  private static String kernelFunctions() {
    return String.join(
        ", ", Protocols.all().keySet().stream().filter(name -> name.indexOf('.') > 0).toList());
  }

  /// What was issued, so that it can be revoked before anybody used it. A bearer token stands there
  /// too: whoever can read the file can read the owner's key beside it.
  private static void remember(HomeFolder home, Chain chain) {
    if (!Files.isDirectory(home.path())) {
      return;
    }
    home.requireWriter();
    try {
      PrivateFile.makeFolder(home.tokens());
    } catch (IOException e) {
      throw Failure.output("can't make " + home.tokens(), e);
    }
    writePrivately(home.tokens().resolve(chain.leaf() + ".token"), chain.text() + "\n");
  }

  private static void writePrivately(Path file, String text) {
    try {
      PrivateFile.create(file, text.getBytes(StandardCharsets.US_ASCII));
    } catch (FileAlreadyExistsException e) {
      throw Failure.usage(file + " is there already, and isn't overwritten").because(e);
    } catch (IOException e) {
      throw Failure.output("can't write " + file, e);
    }
  }
}
