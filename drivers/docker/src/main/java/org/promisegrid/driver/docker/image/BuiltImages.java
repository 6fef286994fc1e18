package org.promisegrid.driver.docker.image;

import com.github.dockerjava.api.command.BuildImageCmd;
import com.github.dockerjava.api.model.Image;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.promisegrid.driver.docker.engine.ArchiveStream;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.ImageBuilder;
import org.promisegrid.sandbox.SandboxEvent;

/// Has an engine build images. Each has a name of this node's until it is known by what its archive
/// is named, and so have those that it makes on the way, so that the next process finds what an
/// agent left that was killed in between.
public final class BuiltImages implements ImageBuilder {

  private static final System.Logger LOGGER = System.getLogger(BuiltImages.class.getName());

  /// What Podman puts before names that say no registry.
  private static final String PODMANS = "^(localhost|docker\\.io)/";

  private static final int FILE = 0644;
  private static final int EXECUTABLE = 0755;

  /// How the name of a step's image ends.
  private static final Pattern STEP_NAME = Pattern.compile("-[0-9]{4}$");

  /// How an engine says how far it is.
  private static final String STEP = "Step ";

  private static final int LONGEST = 200;
  private static final int MOST_LINKS = 40;

  /// How long a build's id is.
  private static final int ID = UUID.randomUUID().toString().length();

  /// A build's image before its steps, the last of them first: what is made of an image goes before
  /// it.
  private static final Comparator<String> LAST_FIRST =
      Comparator.<String, Boolean>comparing(it -> STEP_NAME.matcher(it).find())
          .thenComparing(Comparator.reverseOrder());

  private final Engine engine;
  private final ImageShelf shelf;
  private final ContentSource content;
  private final Consumer<SandboxEvent> ear;
  private final Set<String> building = ConcurrentHashMap.newKeySet();
  private volatile boolean tidied;

  public BuiltImages(Engine engine, ImageShelf shelf, Host host) {
    this.engine = engine;
    this.shelf = shelf;
    this.content = host.content();
    this.ear = host::tell;
  }

  @Override
  public Built build(Recipe recipe, Duration within, Consumer<String> log)
      throws InterruptedException {
    String doing = "building an image by " + recipe.file();
    if (!isThere(recipe)) {
      throw new DriverException(Kind.UNSUPPORTED, doing + ": there is no such file");
    }
    String id = UUID.randomUUID().toString();
    String name = shelf.marks().built() + ":" + id;
    BuildSteps steps = BuildSteps.of(engine, shelf.marks().built() + ":", name);
    BuildAnswer answer =
        new BuildAnswer(line -> {
          steps.said(line);
          log.accept(line);
          if (line.startsWith(STEP)) {
            String step = doing + ": " + line.strip();
            ear.accept(
                new SandboxEvent(
                    SandboxEvent.Kind.BRINGING,
                    step.substring(0, Math.min(LONGEST, step.length()))));
          }
        });
    building.add(id);
    boolean made = false;
    try {
      send(recipe, name, answer, within, doing);
      answer.check(doing);
      LoadedImage image =
          shelf
              .inspect(name)
              .orElseThrow(
                  () -> new DriverException(Kind.BROKEN, doing + ": the engine has made none"));
      made = true;
      return new Named(id, name, image, steps);
    } finally {
      if (!made) {
        letGo(id, name, steps);
      }
    }
  }

  /// Whether the recipe's file is in the folder, or a link there leads to one that is, as engines
  /// follow them: the folder is all that there is.
  private static boolean isThere(Recipe recipe) {
    Path path = Path.of("/", recipe.file()).normalize();
    for (int link = 0; link <= MOST_LINKS; link++) {
      String name = path.toString().substring(1);
      Optional<Piece> found =
          recipe.context().stream().filter(it -> it.path().equals(name)).findFirst();
      switch (found.orElse(null)) {
        case Piece.Link(_, String target) -> path = path.resolveSibling(target).normalize();
        case Piece.File _ -> {
          return true;
        }
        case Piece.Folder _ -> {
          return false;
        }
        case null -> {
          return false;
        }
      }
    }
    return false;
  }

  private void send(Recipe recipe, String name, BuildAnswer answer, Duration within, String doing)
      throws InterruptedException {
    try (ArchiveStream context = new ArchiveStream(entries(recipe.context()))) {
      engine.ask(
          doing, client -> command(client.buildImageCmd(context), recipe, name).exec(answer));
      boolean over = false;
      try {
        over = answer.await(within);
      } finally {
        if (!over) {
          answer.leave();
        }
      }
      if (!over) {
        throw new DriverException(
            Kind.UNAVAILABLE, doing + ": it takes longer than " + within.toSeconds() + " s");
      }
    } catch (IOException e) {
      throw new DriverException(Kind.BROKEN, doing + ": " + e.getMessage(), e);
    }
  }

  private static BuildImageCmd command(BuildImageCmd command, Recipe recipe, String name) {
    command
        .withDockerfilePath(recipe.file())
        .withTags(Set.of(name))
        .withRemove(true)
        .withForcerm(true);
    recipe.arguments().forEach(command::withBuildArg);
    recipe.stage().ifPresent(command::withTarget);
    return command;
  }

  private List<ArchiveStream.Entry> entries(List<Piece> context) {
    List<ArchiveStream.Entry> entries = new ArrayList<>(context.size());
    for (Piece piece : context) {
      entries.add(
          switch (piece) {
            case Piece.Folder(String path) -> ArchiveStream.Entry.folder(path, EXECUTABLE);
            case Piece.Link(String path, String target) -> ArchiveStream.Entry.link(path, target);
            case Piece.File(String path, Cid code, long size, boolean executable) ->
                ArchiveStream.Entry.file(
                    path, executable ? EXECUTABLE : FILE, 0, 0, size, () -> content.open(code));
          });
    }
    return entries;
  }

  /// Removes what was built and not kept: by an earlier process, or where the engine was away or
  /// came to its end later than whoever had asked.
  public void tidy() throws InterruptedException {
    if (tidied) {
      return;
    }
    tidied = true;
    boolean complete = false;
    try {
      complete = dropAll();
    } finally {
      tidied &= complete;
    }
  }

  private boolean dropAll() throws InterruptedException {
    List<Image> images =
        engine.ask(
            "listing what was built", client -> client.listImagesCmd().withShowAll(true).exec());
    String own = shelf.marks().built() + ":";
    List<String> names =
        images.stream()
            .flatMap(image -> BuildSteps.names(image).stream())
            .filter(name -> isLeft(name.replaceFirst(PODMANS, ""), own))
            .sorted(LAST_FIRST)
            .toList();
    return drop(names);
  }

  private boolean isLeft(String name, String own) {
    return name.startsWith(own) && !building.contains(id(name));
  }

  /// Which build a name is of, whether the image's or a step's.
  private static String id(String name) {
    int from = name.lastIndexOf(':') + 1;
    return name.substring(from, Math.min(from + ID, name.length()));
  }

  private void letGo(String id, String name, BuildSteps steps) {
    try {
      List<String> names = new ArrayList<>(List.of(name));
      names.addAll(steps.end());
      drop(names);
    } catch (DriverException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "it goes once the engine is back: " + name, e);
    } finally {
      building.remove(id);
      tidied = false; // the next probe looks whether it is gone
    }
  }

  /// Takes names away, and each image with its last one; nothing that it is made of, which may be
  /// somebody else's. While a step is being ended, its image is in use: what that is made of keeps
  /// its name, too, since by then only that tells whose it is.
  ///
  /// @return whether they are gone
  private boolean drop(List<String> names) {
    Set<String> used = new HashSet<>();
    for (String name : names) {
      String build = id(name);
      try {
        if (!used.contains(build)) {
          drop(name);
        }
      } catch (DriverException e) {
        if (e.kind() != Kind.CONFLICT) {
          throw e;
        }
        used.add(build);
      }
    }
    return used.isEmpty();
  }

  private void drop(String name) {
    engine.insist(
        "dropping " + name,
        Engine.found(client -> {
          client.removeImageCmd(name).withNoPrune(true).exec();
          return true;
        }));
  }

  /// One that is there by its name.
  private final class Named implements Built {

    private final String build;
    private final String name;
    private final LoadedImage image;
    private final BuildSteps steps;

    Named(String build, String name, LoadedImage image, BuildSteps steps) {
      this.build = build;
      this.name = name;
      this.image = image;
      this.steps = steps;
    }

    @Override
    public String id() {
      return image.id();
    }

    /// By its id: under a name the archive would be another each time.
    @Override
    public InputStream archive() throws InterruptedException {
      return engine.ask(
          "reading image " + image.id(), client -> client.saveImageCmd(image.id()).exec());
    }

    @Override
    public void keep(Cid code) throws InterruptedException {
      shelf.adopt(code, image, !engine.isPodman() && isOurs());
    }

    /// Whether it is this node's to remove, with what it is made of: the same recipe may have led
    /// somebody else to it before, or a part of the way, whether they gave it a name or not.
    private boolean isOurs() throws InterruptedException {
      List<String> others =
          engine
              .find("looking for " + name, client -> client.inspectImageCmd(name).exec())
              .map(it -> it.getRepoTags() == null ? List.<String>of() : it.getRepoTags())
              .orElse(List.of())
              .stream()
              .filter(it -> !it.startsWith(shelf.marks().built() + ":"))
              .toList();
      Marks.Said said = shelf.marks().of(others);
      return said.alone() && (said.brought() || !steps.wasSomebodys(image.id()));
    }

    @Override
    public void close() {
      letGo(build, name, steps);
    }
  }
}
