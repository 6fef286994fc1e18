package org.promisegrid.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.service.ServiceDraft;
import org.promisegrid.cli.service.ServiceFile;
import org.promisegrid.cli.service.ServiceWords;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Has a service run.
@Command(
    sortOptions = false,
    description = {
      "Have a service run from now on, change it, or start one again that was stopped.",
      "",
      "  grid service start web --image ./web.tar --port 8080:80 --security image",
      "  grid service start ./wiki.yaml",
      "  grid service start web"
    },
    footer = {
      "",
      "It is kept running whatever happens, until `grid service stop`. A service that is changed is",
      "replaced; its volumes stay. A file has `services:` with one entry, with the keys of these",
      "options and some more (docs/protocols/stack.md); options count before what it says."
    })
final class ServiceStartCommand implements Callable<Integer> {

  private final Session session;

  @Parameters(
      index = "0",
      arity = "1",
      paramLabel = "NAME|FILE",
      description = "The service's name, or a file (.yaml, .yml, .json) that describes it.")
  private String named = "";

  @Parameters(index = "1..*", paramLabel = "ARG", description = "After --: what it is to run.")
  private List<String> command = new ArrayList<>();

  @Option(
      names = "--image",
      paramLabel = "FILE|CID|IMAGE",
      description =
          "The archive of its image; or an image of a registry, by its digest: HOST/NAME@sha256:…")
  private Optional<String> image = Optional.empty();

  @Option(
      names = "--build",
      paramLabel = "DIR",
      description = "In place of an image: the folder to build it from, with its Dockerfile.")
  private Optional<Path> build = Optional.empty();

  @Option(
      names = {"-p", "--port"},
      paramLabel = "[ADDRESS:][PORT:]INSIDE[/udp]",
      description = "A port that can be reached, at 127.0.0.1 where no address is given.")
  private List<String> ports = new ArrayList<>();

  @Option(
      names = "--volume",
      paramLabel = "NAME:PATH[:ro][:external]",
      description = "A volume, which outlives it; external: one that the target has already.")
  private List<String> volumes = new ArrayList<>();

  @Option(
      names = "--bind",
      paramLabel = "SOURCE:PATH[:ro]",
      description = "A folder or file of the host, where its owner allows that.")
  private List<String> binds = new ArrayList<>();

  @Option(names = "--file", paramLabel = "PATH=FILE|CID", description = "A file of its own.")
  private List<String> files = new ArrayList<>();

  @Option(
      names = "--secret",
      paramLabel = "NAME=PATH",
      description = "A secret, as a file in memory.")
  private List<String> secrets = new ArrayList<>();

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME=VALUE",
      description = "A variable.")
  private List<String> environment = new ArrayList<>();

  @Option(names = "--user", paramLabel = "UID[:GID]", description = "Whom it runs as.")
  private Optional<String> user = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "memory=1GiB,cpus=1.5,pids=100",
      split = ",",
      hideParamSyntax = true,
      description =
          "The most that it may use: 1 GiB, one processor and 1024 processes unless said otherwise.")
  private List<String> limits = new ArrayList<>();

  @Option(
      names = "--security",
      paramLabel = "strict|image",
      description = "How much is taken from it (default: strict; image: what the engine does).")
  private Optional<String> security = Optional.empty();

  @Option(
      names = "--device",
      paramLabel = "PATH|KIND=WHICH",
      description = "A device of the host, where its owner allows that; nvidia.com/gpu=all.")
  private List<String> devices = new ArrayList<>();

  @Option(
      names = "--network",
      paramLabel = "NAME[:external]",
      description = "A network that it is in; external: one that the target has already.")
  private List<String> networks = new ArrayList<>();

  @Option(names = "--egress", description = "It may reach the world.")
  private boolean egress;

  @Option(
      names = "--health",
      paramLabel = "http://:PORT/PATH|tcp://:PORT",
      description = "What tells that it is well.")
  private Optional<String> health = Optional.empty();

  @Option(
      names = "--restart",
      paramLabel = "always|on-failure|never",
      description = "When it is started again (default: always).")
  private Optional<String> restart = Optional.empty();

  @Option(names = "--replicas", paramLabel = "N", description = "How many of it (default: 1).")
  private Optional<Long> replicas = Optional.empty();

  @Option(
      names = "--wait",
      paramLabel = "15s",
      defaultValue = "15s",
      description = "How long to wait for it to run, and to be well (default: 15s).")
  private Duration wait = Duration.ZERO;

  ServiceStartCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Optional<ServiceFile> file = file();
    ServiceDraft words = words();
    ServiceDraft draft = file.map(it -> it.draft().with(words)).orElse(words);
    Item.TableBuilder params =
        Item.table()
            .put("name", file.map(ServiceFile::name).orElse(named))
            .put("within", wait.toMillis());
    try (Agent agent = session.agent()) {
      if (!draft.isEmpty()) {
        params.put("service", draft.service(source -> Sources.put(agent, source)));
      }
      Told line = agent.kept("service.start", params.build());
      session.answer(line.table(), () -> ServiceLines.of(List.of(line), session.zone()));
      return ServiceLines.report(session, line);
    }
  }

  private Optional<ServiceFile> file() {
    if (!named.matches(".*\\.(ya?ml|json)")) {
      return Optional.empty();
    }
    Path path = Path.of(named);
    try {
      return Optional.of(
          ServiceFile.parse(
              Files.readString(path), named, path.toAbsolutePath().resolveSibling("")));
    } catch (IOException e) {
      throw Failure.usage("can't read " + named + ": " + e.getMessage()).because(e);
    } catch (MalformedException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
  }

  private ServiceDraft words() {
    try {
      ServiceWords words =
          new ServiceWords()
              .command(command)
              .ports(ports)
              .volumes(volumes)
              .binds(binds)
              .devices(devices)
              .networks(networks)
              .files(files)
              .secrets(secrets)
              .environment(environment)
              .limits(limits);
      image.ifPresent(words::image);
      build.ifPresent(words::build);
      health.ifPresent(words::health);
      user.ifPresent(it -> words.put("user", Item.of(it)));
      security.ifPresent(it -> words.put("security", Item.of(it)));
      restart.ifPresent(words::restart);
      replicas.ifPresent(it -> words.put("replicas", Item.of(it)));
      if (egress) {
        words.put("egress", Item.TRUE);
      }
      return words.draft();
    } catch (IllegalArgumentException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
  }
}
