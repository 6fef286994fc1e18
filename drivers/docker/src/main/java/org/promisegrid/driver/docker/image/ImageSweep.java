package org.promisegrid.driver.docker.image;

import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Image;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Images;
import org.promisegrid.sandbox.SandboxEvent;

/// Removes images that this node has brought to an engine and nobody uses any more.
///
/// All that is to be known stands on the engine: who brought an image in its tags ([Marks]), when
/// it was last used in the time at which it was last given a tag. An image goes tag by tag, never
/// by force: the engine itself keeps what got another name, or a container, a moment before.
public final class ImageSweep implements Images {

  private final Engine engine;
  private final ImageShelf shelf;
  private final Optional<Duration> unused;
  private final Consumer<SandboxEvent> ear;

  /// @param unused how long what is removed wasn't used; empty if nothing ever is
  /// @param ear is told what is gone
  public ImageSweep(
      Engine engine, ImageShelf shelf, Optional<Duration> unused, Consumer<SandboxEvent> ear) {
    this.ear = ear;
    this.engine = engine;
    this.shelf = shelf;
    this.unused = unused;
  }

  /// One on the engine.
  private record There(String id, long bytes, Marks.Said said, boolean goes) {

    Stream<Brought> told() {
      // One image may be that of several archives; it takes its room once.
      return said.codes().stream()
          .sorted(Comparator.comparing(Cid::toString))
          .limit(1)
          .map(code -> new Brought(code, bytes, goes));
    }
  }

  @Override
  public List<Brought> images(Set<Cid> needed) throws InterruptedException {
    return all(needed).stream().filter(it -> it.said().brought()).flatMap(There::told).toList();
  }

  @Override
  public List<Brought> collect(Set<Cid> needed) throws InterruptedException {
    List<Brought> gone = new ArrayList<>();
    for (There image : all(needed)) {
      if (!image.goes()) {
        continue;
      }
      if (!image.said().brought()) {
        shelf.retire(image.said().codes(), () -> remove(image));
      } else if (shelf.retire(image.said().codes(), () -> remove(image))) {
        image
            .told()
            .forEach(each -> {
              gone.add(each);
              ear.accept(
                  new SandboxEvent(
                      SandboxEvent.Kind.REMOVED, "image " + each.code() + ", which nobody uses"));
            });
      }
    }
    return gone;
  }

  /// What this node has brought; and what it found, of which its tag alone may go, so that it
  /// doesn't keep for ever what another node has brought. Podman says and does other things about
  /// names of images: nothing there counts as brought.
  private List<There> all(Set<Cid> needed) throws InterruptedException {
    if (engine.isPodman()) {
      return List.of();
    }
    String doing = "listing images";
    List<Image> images = engine.ask(doing, client -> client.listImagesCmd().exec());
    Set<String> used =
        engine.ask(doing, client -> client.listContainersCmd().withShowAll(true).exec()).stream()
            .map(Container::getImageId)
            .collect(Collectors.toSet());
    Instant now = now();
    List<There> all = new ArrayList<>();
    for (Image image : images) {
      Marks.Said said = shelf.marks().of(names(image.getRepoTags(), image.getRepoDigests()));
      if (!said.own().isEmpty()) {
        boolean free =
            said.brought() == said.alone()
                && !used.contains(image.getId())
                && Collections.disjoint(said.codes(), needed);
        Long bytes = image.getSize();
        all.add(
            new There(
                image.getId(),
                bytes == null ? 0 : bytes,
                said,
                free && isUnused(image.getId(), now)));
      }
    }
    return all;
  }

  private static List<String> names(String @Nullable [] tags, String @Nullable [] digests) {
    return Stream.of(tags, digests)
        .flatMap(each -> each == null ? Stream.of() : Arrays.stream(each))
        .toList();
  }

  /// The engine's own time, by which it tells when images got their tags.
  private Instant now() throws InterruptedException {
    String doing = "asking what time it is";
    return time(engine.ask(doing, client -> client.infoCmd().exec()).getSystemTime())
        .orElseThrow(() -> new DriverException(Kind.BROKEN, doing + ": the engine doesn't tell"));
  }

  private static Optional<Instant> time(@Nullable Object text) {
    try {
      return text == null
          ? Optional.empty()
          : Optional.of(OffsetDateTime.parse(text.toString()).toInstant());
    } catch (DateTimeParseException _) {
      return Optional.empty();
    }
  }

  private boolean isUnused(String id, Instant now) throws InterruptedException {
    return inspect(id).filter(image -> isUnused(image, now)).isPresent();
  }

  /// Whether it was last used so long ago; not if nobody knows.
  private boolean isUnused(InspectImageResponse image, Instant now) {
    Object metadata = image.getRawValues().get("Metadata");
    Optional<Instant> tagged =
        metadata instanceof Map<?, ?> map ? time(map.get("LastTagTime")) : Optional.empty();
    return unused.isPresent()
        && tagged.isPresent()
        && !tagged.get().plus(unused.get()).isAfter(now);
  }

  private Optional<InspectImageResponse> inspect(String id) throws InterruptedException {
    return engine.find("looking for image " + id, client -> client.inspectImageCmd(id).exec());
  }

  /// Removes one's tags, and itself if they were the last, unless somebody has used or named it
  /// since; whether it is gone.
  private boolean remove(There image) throws InterruptedException {
    Optional<InspectImageResponse> found = inspect(image.id());
    if (found.isEmpty() || !isUnused(found.get(), now())) {
      return false;
    }
    Marks.Said said = shelf.marks().of(names(found.get()));
    if (said.brought() != said.alone() || !said.codes().equals(image.said().codes())) {
      return false;
    }
    for (String tag : said.own()) {
      try {
        engine.find(
            "removing image " + tag,
            client -> {
              // What was built here is made of what its steps made, which nobody else needs.
              client.removeImageCmd(tag).withNoPrune(!said.brought()).exec();
              return true;
            });
      } catch (DriverException e) {
        if (e.kind() == Kind.CONFLICT) { // a container has it since
          return false;
        }
        throw e;
      }
    }
    return inspect(image.id()).isEmpty();
  }

  private static List<String> names(InspectImageResponse image) {
    return Stream.of(image.getRepoTags(), image.getRepoDigests())
        .flatMap(each -> each == null ? Stream.of() : each.stream())
        .toList();
  }
}
