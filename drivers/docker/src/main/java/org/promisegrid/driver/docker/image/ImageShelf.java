package org.promisegrid.driver.docker.image;

import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.Image;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.ImageReference;
import org.promisegrid.sandbox.SandboxEvent;
import org.promisegrid.sandbox.Secrets;

/// Brings images from content, or from where it says, to the engine, each once, whoever asks for it
/// meanwhile. There each is kept by a tag with its CID, of this node alone, by which the next
/// process knows it again. It is tagged anew when it is used, now and then: so the engine knows
/// when that was last.
public final class ImageShelf {

  /// How many images are remembered, and how many that can't run.
  private static final int MOST = 1024;

  private static final int MOST_TRIES = 3;

  /// What is used all the time is tagged so often.
  private static final Duration TAGGED_EACH = Duration.ofMinutes(10);

  private final Engine engine;
  private final ContentSource content;
  private final Secrets secrets;
  private final InstantSource clock;
  private final Consumer<SandboxEvent> ear;
  private final Marks marks;
  private final Uses uses = new Uses();

  private final Map<Cid, ReentrantLock> coming = new ConcurrentHashMap<>();
  private final Map<Cid, Ready> ready = bounded(); // guarded by this
  private final Map<Cid, String> refused = bounded(); // guarded by this
  private final Map<String, LoadedImage> described = bounded(); // guarded by this

  /// One that is on the engine.
  ///
  /// @param tagged when the engine was last told that it is used
  private record Ready(LoadedImage image, Instant tagged) {}

  /// Somebody is about to make something of an image: it isn't removed until that is closed.
  public interface Use extends AutoCloseable {
    @Override
    void close();
  }

  /// Removes an image; whether it is gone.
  @FunctionalInterface
  interface Removal {
    boolean remove() throws InterruptedException;
  }

  /// @param repository what comes before the CID in an image's tag
  public ImageShelf(Engine engine, Host host, String repository) {
    this.engine = engine;
    this.content = host.content();
    this.secrets = host.secrets();
    this.clock = host.clock();
    this.ear = host::tell;
    this.marks = new Marks(repository);
  }

  Marks marks() {
    return marks;
  }

  /// Keeps an image from being removed; waits for one that is.
  public Use use(Cid image) throws InterruptedException {
    uses.begin(image);
    return () -> uses.end(image);
  }

  /// Has an image removed that is this node's by these names, unless somebody is about to use it.
  /// Who comes meanwhile waits, and then has it brought again. Whether it is gone.
  boolean retire(Set<Cid> images, Removal removal) throws InterruptedException {
    if (!uses.remove(images)) {
      return false;
    }
    try {
      images.forEach(this::forget);
      return removal.remove();
    } finally {
      uses.removed(images);
    }
  }

  private static <K, T> Map<K, T> bounded() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, T> eldest) {
        return size() > MOST;
      }
    };
  }

  /// Whether an image is known to be on the engine.
  public synchronized boolean isReady(Cid image) {
    return ready.containsKey(image);
  }

  /// Why an image can never run here, if that is known.
  public synchronized Optional<String> refusal(Cid image) {
    return Optional.ofNullable(refused.get(image));
  }

  /// The engine turns out not to have it any more.
  public synchronized void forget(Cid image) {
    ready.remove(image);
  }

  /// An image that is on the engine is now this node's of that code.
  ///
  /// @param ours whether the node brought it, so that it may remove it
  void adopt(Cid image, LoadedImage there, boolean ours) throws InterruptedException {
    boolean kept = tagged(there, ours ? marks.brought(image) : marks.found(image)).isPresent();
    if (kept) { // else it has gone, and is brought when it is wanted
      keep(image, there);
    }
  }

  /// Gives an image, loading it first if the engine doesn't have it.
  ///
  /// @throws DriverException `UNSUPPORTED` if it can't run here; `BROKEN` if it can't be read
  public LoadedImage take(Cid image) throws InterruptedException {
    LoadedImage there = known(image);
    if (there != null) {
      return there;
    }
    ReentrantLock lock = coming.computeIfAbsent(image, _ -> new ReentrantLock());
    lock.lockInterruptibly();
    try {
      there = known(image);
      if (there == null) {
        there = bring(image);
        keep(image, there);
      }
      return there;
    } finally {
      lock.unlock();
      if (!lock.hasQueuedThreads()) { // who comes just now does the same again, at worst
        coming.remove(image, lock);
      }
    }
  }

  private synchronized @Nullable LoadedImage known(Cid image) {
    String reason = refused.get(image);
    if (reason != null) {
      throw unsupported(image, reason);
    }
    Ready there = ready.get(image);
    return there == null || isOverdue(there) ? null : there.image();
  }

  /// Whether the engine is to be told again that it is used; also where the clock was set back.
  private boolean isOverdue(Ready there) {
    Instant now = clock.instant();
    return now.isBefore(there.tagged()) || now.isAfter(there.tagged().plus(TAGGED_EACH));
  }

  private synchronized void keep(Cid image, LoadedImage loaded) {
    ready.put(image, new Ready(loaded, clock.instant()));
    described.put(loaded.id(), loaded);
  }

  private synchronized void refuse(Cid image, String reason) {
    refused.put(image, reason);
  }

  /// What others may remove meanwhile is brought again.
  private LoadedImage bring(Cid image) throws InterruptedException {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      Optional<LoadedImage> there = tryToBring(image);
      if (there.isPresent()) {
        return there.get();
      }
    }
    throw new DriverException(Kind.BROKEN, "bringing image " + image + ": it doesn't stay there");
  }

  private Optional<LoadedImage> tryToBring(Cid image) throws InterruptedException {
    for (String mark : List.of(marks.brought(image), marks.found(image))) {
      Optional<LoadedImage> there = inspect(mark);
      if (there.isPresent()) {
        return tagged(there.get(), mark);
      }
    }
    Platform platform =
        engine.ask(
            "asking what the engine is",
            client -> {
              var version = client.versionCmd().exec();
              return new Platform(
                  String.valueOf(version.getOperatingSystem()), String.valueOf(version.getArch()));
            });
    Optional<ImageReference> elsewhere = elsewhere(image);
    if (elsewhere.isPresent()) {
      return pulled(image, elsewhere.get(), platform);
    }
    ImageOutline outline;
    try {
      outline = outline(image, platform);
    } catch (ImageException e) {
      String reason = String.valueOf(e.getMessage());
      refuse(image, reason);
      throw unsupported(image, reason);
    }
    Optional<LoadedImage> same = inspect(outline.id());
    if (same.isPresent()) {
      return tagged(same.get(), marks.found(image));
    }
    boolean ours = !engine.isPodman();
    String mark = ours ? marks.brought(image) : marks.found(image);
    load(image, outline, mark);
    LoadedImage loaded =
        inspect(mark)
            .orElseThrow(() ->
                new DriverException(Kind.BROKEN, "loading image " + image + ": it isn't there"));
    return tagged(loaded, mark);
  }

  /// Gives an image a tag, which also tells the engine that it is used; empty if it has gone.
  private Optional<LoadedImage> tagged(LoadedImage image, String mark) throws InterruptedException {
    int colon = mark.lastIndexOf(':');
    return engine.find(
        "keeping image " + mark,
        client -> {
          client
              .tagImageCmd(image.id(), mark.substring(0, colon), mark.substring(colon + 1))
              .exec();
          return image;
        });
  }

  /// What content says of an image that isn't in it.
  private Optional<ImageReference> elsewhere(Cid image) throws InterruptedException {
    try (InputStream in = new Reading(content.open(image))) { // asked beyond its end
      byte[] beginning = in.readNBytes(ImageReference.LONGEST + 1);
      return in.read() < 0 ? ImageReference.parse(beginning) : Optional.empty();
    } catch (IOException e) {
      throw unread(image, e);
    }
  }

  private Optional<LoadedImage> pulled(Cid image, ImageReference pinned, Platform platform)
      throws InterruptedException {
    Platform wanted = new Platform(pinned.os(), pinned.architecture());
    if (!wanted.equals(platform)) {
      String reason = "it is for " + wanted + ", and the engine is " + platform;
      refuse(image, reason);
      throw unsupported(image, reason);
    }
    boolean there = inspect(pinned.name()).isPresent();
    Set<String> before = there ? Set.of() : ids();
    if (!there) {
      Pull.of(
          engine,
          pinned,
          secrets,
          far -> ear.accept(new SandboxEvent(SandboxEvent.Kind.BRINGING, far, Optional.of(image))));
    }
    Optional<InspectImageResponse> found =
        engine.find(
            "looking for " + pinned, client -> client.inspectImageCmd(pinned.name()).exec());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    InspectImageResponse is = found.get();
    boolean brought = !there && !before.contains(is.getId()) && !engine.isPodman();
    Platform runs = new Platform(String.valueOf(is.getOs()), String.valueOf(is.getArch()));
    if (!runs.equals(wanted)) { // an engine that gives what it has
      if (brought) {
        drop(pinned.name());
      }
      throw unsupported(image, pinned.name() + " is for " + runs + ", not " + wanted);
    }
    Optional<LoadedImage> kept =
        tagged(LoadedImage.of(is), brought ? marks.brought(image) : marks.found(image));
    if (brought) { // else it would be known by a name that anybody could have given it
      drop(pinned.name());
    }
    return kept;
  }

  private Set<String> ids() throws InterruptedException {
    return engine
        .ask("listing images", client -> client.listImagesCmd().withShowAll(true).exec())
        .stream()
        .map(Image::getId)
        .collect(Collectors.toSet());
  }

  private void drop(String name) throws InterruptedException {
    engine.find(
        "dropping " + name,
        client -> {
          client.removeImageCmd(name).withNoPrune(true).exec();
          return true;
        });
  }

  /// What an image says of itself, for a container that was made of it; the engine is asked only if
  /// that isn't known yet. An image's id is made of what it says, so that it never says anything
  /// else.
  ///
  /// @param id as the engine names it
  public Optional<LoadedImage> described(String id) throws InterruptedException {
    synchronized (this) {
      LoadedImage known = described.get(id);
      if (known != null) {
        return Optional.of(known);
      }
    }
    return inspect(id);
  }

  /// What the engine knows of an image.
  ///
  /// @param name its tag or id
  public Optional<LoadedImage> inspect(String name) throws InterruptedException {
    return engine
        .find("looking for image " + name, client -> client.inspectImageCmd(name).exec())
        .map(LoadedImage::of);
  }

  /// Reads all of it, so that damage is told before anything else that may be wrong.
  private ImageOutline outline(Cid image, Platform platform)
      throws InterruptedException, ImageException {
    try (Reading in = new Reading(content.open(image))) {
      ImageOutline outline = null;
      ImageException reason = null;
      try {
        outline = OutlineReader.read(in, platform);
      } catch (ImageException e) {
        reason = e;
      } catch (IOException e) {
        if (in.failed()) {
          throw e;
        }
        reason = new ImageException("it is no archive: " + e.getMessage());
      }
      in.transferTo(OutputStream.nullOutputStream());
      if (outline == null) {
        throw reason;
      }
      return outline;
    } catch (IOException e) {
      throw unread(image, e);
    }
  }

  private void load(Cid image, ImageOutline outline, String mark) throws InterruptedException {
    String doing = "loading image " + image;
    try (InputStream in = new Reading(content.open(image))) {
      LoadStream archive = new LoadStream(in, outline, mark);
      LoadAnswer answer = new LoadAnswer();
      engine.ask(doing, client -> client.loadImageAsyncCmd(archive).exec(answer));
      boolean over;
      try {
        over = answer.await();
      } catch (InterruptedException e) {
        archive.cancel();
        answer.await(); // until nobody reads the content any more
        throw e;
      }
      if (!over) {
        archive.cancel();
        throw new DriverException(Kind.UNAVAILABLE, doing + ": it takes too long");
      }
      IOException unread = archive.failure();
      if (unread != null) {
        throw unread;
      }
      answer.check(doing);
    } catch (IOException e) {
      throw unread(image, e);
    }
  }

  private static DriverException unread(Cid image, IOException e) throws InterruptedException {
    if (e instanceof InterruptedIOException && Thread.interrupted()) {
      throw new InterruptedException("reading image " + image);
    }
    return new DriverException(Kind.BROKEN, "reading image " + image + ": " + e.getMessage(), e);
  }

  private static DriverException unsupported(Cid image, String reason) {
    return new DriverException(Kind.UNSUPPORTED, "image " + image + ": " + reason);
  }
}
