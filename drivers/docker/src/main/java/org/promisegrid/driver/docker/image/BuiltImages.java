package org.promisegrid.driver.docker.image;

import com.github.dockerjava.api.command.BuildImageCmd;
import com.github.dockerjava.api.model.Image;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
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
/// is named, so that the next process finds what an agent left that was killed in between.
public final class BuiltImages implements ImageBuilder {

  private static final System.Logger LOGGER = System.getLogger(BuiltImages.class.getName());

  /// What Podman puts before names that say no registry.
  private static final String PODMANS = "^(localhost|docker\\.io)/";

  private static final int FILE = 0644;
  private static final int EXECUTABLE = 0755;

  /// How an engine says how far it is.
  private static final String STEP = "Step ";

  private static final int LONGEST = 200;

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
    if (recipe.context().stream()
        .noneMatch(it -> it instanceof Piece.File && it.path().equals(recipe.file()))) {
      throw new DriverException(Kind.UNSUPPORTED, doing + ": there is no such file");
    }
    String name = shelf.marks().built() + ":" + UUID.randomUUID();
    BuildAnswer answer =
        new BuildAnswer(line -> {
          log.accept(line);
          if (line.startsWith(STEP)) {
            String step = doing + ": " + line.strip();
            ear.accept(
                new SandboxEvent(
                    SandboxEvent.Kind.BRINGING,
                    step.substring(0, Math.min(LONGEST, step.length()))));
          }
        });
    building.add(name);
    boolean made = false;
    try {
      Set<String> before = ids();
      send(recipe, name, answer, within, doing);
      answer.check(doing);
      LoadedImage image =
          shelf
              .inspect(name)
              .orElseThrow(
                  () -> new DriverException(Kind.BROKEN, doing + ": the engine has made none"));
      made = true;
      return new Named(name, image, before.contains(image.id()));
    } finally {
      if (!made) {
        letGo(name);
      }
    }
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

  /// What is there, but for what others are made of.
  private Set<String> ids() throws InterruptedException {
    return engine.ask("listing images", client -> client.listImagesCmd().exec()).stream()
        .map(Image::getId)
        .collect(Collectors.toSet());
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
      dropAll();
      complete = true;
    } finally {
      tidied &= complete;
    }
  }

  private void dropAll() throws InterruptedException {
    List<Image> images =
        engine.ask("listing what was built", client -> client.listImagesCmd().exec());
    for (Image image : images) {
      String[] names = image.getRepoTags();
      for (String name : names == null ? new String[0] : names) {
        String own = name.replaceFirst(PODMANS, "");
        if (own.startsWith(shelf.marks().built() + ":") && !building.contains(own)) {
          drop(name);
        }
      }
    }
  }

  private void letGo(String name) {
    building.remove(name);
    tidied = false; // the next probe looks whether it is gone
    try {
      drop(name);
    } catch (DriverException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "it goes once the engine is back: " + name, e);
    }
  }

  /// Takes a name away, and with the last one the image.
  private void drop(String name) {
    engine.insist(
        "dropping " + name,
        Engine.found(client -> {
          client.removeImageCmd(name).exec();
          return true;
        }));
  }

  /// One that is there by its name.
  private final class Named implements Built {

    private final String name;
    private final LoadedImage image;
    private final boolean wasThere;

    Named(String name, LoadedImage image, boolean wasThere) {
      this.name = name;
      this.image = image;
      this.wasThere = wasThere;
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

    /// Whether it is this node's to remove: the same recipe may have led somebody else to it
    /// before, whether they gave it a name or not.
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
      return said.alone() && (said.brought() || !wasThere);
    }

    @Override
    public void close() {
      letGo(name);
    }
  }
}
