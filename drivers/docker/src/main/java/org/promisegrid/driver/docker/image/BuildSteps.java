package org.promisegrid.driver.docker.image;

import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.Image;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.DriverException;

/// What an engine makes on the way to an image: one for each step of the recipe, with no name. Each
/// that is this build's own is given a name as it comes, so that it goes with the build, or is
/// found by the next process; what others have made, and this build only uses, is none of its to
/// remove.
final class BuildSteps {

  private static final System.Logger LOGGER = System.getLogger(BuildSteps.class.getName());

  /// What the engine says once a step is done: `---> 0123456789ab`.
  private static final Pattern DONE = Pattern.compile("\\s*-{2,3}> ([0-9a-f]{12,64})\\s*");

  private static final String CACHED = "---> Using cache";

  /// More than any recipe has.
  private static final int MOST = 9999;

  private final Engine engine;
  private final String own;
  private final String name;
  private final Set<String> before;
  private final Set<String> named;

  /// What has no name, and nothing else is made of it.
  private final Set<String> tips;

  private final List<String> names = new ArrayList<>();
  private boolean cached;
  private boolean over;

  private BuildSteps(
      Engine engine,
      String own,
      String name,
      Set<String> before,
      Set<String> named,
      Set<String> tips) {
    this.engine = engine;
    this.own = own;
    this.name = name;
    this.before = before;
    this.named = named;
    this.tips = tips;
  }

  /// To be asked for before the build begins.
  ///
  /// @param own how names of what this node builds begin
  /// @param name of the image that is built
  static BuildSteps of(Engine engine, String own, String name) throws InterruptedException {
    List<Image> all =
        engine.ask("listing images", client -> client.listImagesCmd().withShowAll(true).exec());
    Set<String> before = new HashSet<>();
    Set<String> named = new HashSet<>();
    Set<String> tips = new HashSet<>();
    for (Image image : all) {
      before.add(image.getId());
      (names(image).isEmpty() ? tips : named).add(image.getId());
    }
    all.forEach(image -> tips.remove(image.getParentId()));
    return new BuildSteps(engine, own, name, before, named, tips);
  }

  /// The names that an image has; engines call it `<none>` if there is none.
  static List<String> names(Image image) {
    return Stream.ofNullable(image.getRepoTags())
        .flatMap(Stream::of)
        .filter(it -> !it.startsWith("<none>"))
        .toList();
  }

  /// Whether an image was somebody's before: it had a name, or nothing else was made of it. So was
  /// one that is made of such a nameless one, which would go with it.
  boolean wasSomebodys(String id) throws InterruptedException {
    if (named.contains(id)) {
      return true;
    }
    String next = id;
    for (int step = 0; step < MOST && !next.isEmpty(); step++) {
      if (tips.contains(next)) {
        return true;
      }
      next = inspect(next).map(InspectImageResponse::getParent).orElse("");
    }
    return false;
  }

  /// Takes what the engine says.
  synchronized void said(String line) {
    if (line.contains(CACHED)) {
      cached = true;
      return;
    }
    Matcher done = DONE.matcher(line);
    if (!over && done.matches()) {
      boolean made = !cached;
      cached = false;
      try {
        if (isOurs(done.group(1), made) && names.size() < MOST) {
          name(done.group(1));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (DriverException e) {
        LOGGER.log(System.Logger.Level.WARNING, "a step's image stays: " + done.group(1), e);
      }
    }
  }

  private boolean isOurs(String id, boolean made) throws InterruptedException {
    Optional<InspectImageResponse> image = inspect(id);
    if (image.isEmpty()) {
      return false;
    }
    if (made && !before.contains(image.get().getId())) {
      return true;
    }
    List<String> tags = image.get().getRepoTags(); // another build's of this node, beside this one
    return tags != null && tags.stream().anyMatch(it -> it.startsWith(own));
  }

  private void name(String id) throws InterruptedException {
    String tag = "%s-%04d".formatted(name, names.size() + 1);
    int colon = tag.lastIndexOf(':');
    engine.ask(
        "naming " + tag,
        client -> {
          client.tagImageCmd(id, tag.substring(0, colon), tag.substring(colon + 1)).exec();
          return true;
        });
    names.add(tag);
  }

  /// The names that were given, each after those of what is made of it. No more are given from now
  /// on.
  synchronized List<String> end() {
    over = true;
    return List.copyOf(names.reversed());
  }

  private Optional<InspectImageResponse> inspect(String id) throws InterruptedException {
    return engine.find("looking for image " + id, client -> client.inspectImageCmd(id).exec());
  }
}
