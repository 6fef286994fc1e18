package org.promisegrid.driver.docker.image;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.ContainerConfig;
import com.github.dockerjava.api.model.LoadResponseItem;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.engine.Failures;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.ImageReference;
import org.promisegrid.sandbox.Secrets;

/// Brings images from content, or from where it says, to the engine, each once, whoever asks for it
/// meanwhile. There each is kept by a tag with its CID, of this node alone, by which the next
/// process knows it again.
public final class ImageShelf {

  /// How many images are remembered, and how many that can't run.
  private static final int MOST = 1024;

  private static final long LONGEST_LOAD = TimeUnit.MINUTES.toSeconds(15);

  private final Engine engine;
  private final ContentSource content;
  private final Secrets secrets;
  private final String repository;

  private final Map<Cid, ReentrantLock> coming = new ConcurrentHashMap<>();
  private final Map<Cid, LoadedImage> ready = bounded(); // guarded by this
  private final Map<Cid, String> refused = bounded(); // guarded by this
  private final Map<String, LoadedImage> described = bounded(); // guarded by this

  /// @param repository what comes before the CID in an image's tag
  public ImageShelf(Engine engine, Host host, String repository) {
    this.engine = engine;
    this.content = host.content();
    this.secrets = host.secrets();
    this.repository = repository;
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
    return ready.get(image);
  }

  private synchronized void keep(Cid image, LoadedImage loaded) {
    ready.put(image, loaded);
    described.put(loaded.id(), loaded);
  }

  private synchronized void refuse(Cid image, String reason) {
    refused.put(image, reason);
  }

  private LoadedImage bring(Cid image) throws InterruptedException {
    Optional<LoadedImage> there = inspect(reference(image));
    if (there.isPresent()) {
      return there.get();
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
    load(image, outline);
    return inspect(reference(image))
        .orElseThrow(
            () -> new DriverException(Kind.BROKEN, "loading image " + image + ": it isn't there"));
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

  private LoadedImage pulled(Cid image, ImageReference pinned, Platform platform)
      throws InterruptedException {
    Platform wanted = new Platform(pinned.os(), pinned.architecture());
    if (!wanted.equals(platform)) {
      String reason = "it is for " + wanted + ", and the engine is " + platform;
      refuse(image, reason);
      throw unsupported(image, reason);
    }
    if (inspect(pinned.name()).isEmpty()) {
      Pull.of(engine, pinned, secrets);
    }
    InspectImageResponse there =
        engine.ask("looking for " + pinned, client -> client.inspectImageCmd(pinned.name()).exec());
    Platform is = new Platform(String.valueOf(there.getOs()), String.valueOf(there.getArch()));
    if (!is.equals(wanted)) { // an engine that gives what it has
      throw unsupported(image, pinned.name() + " is for " + is + ", not " + wanted);
    }
    engine.ask(
        "keeping " + pinned,
        client ->
            client.tagImageCmd(String.valueOf(there.getId()), repository, image.toString()).exec());
    return loaded(there);
  }

  private String reference(Cid image) {
    return repository + ":" + image;
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
        .map(ImageShelf::loaded);
  }

  private static LoadedImage loaded(InspectImageResponse image) {
    ContainerConfig config = image.getConfig();
    if (config == null) {
      config = new ContainerConfig();
    }
    Map<String, String> environment = new LinkedHashMap<>();
    for (String variable : list(config.getEnv())) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        environment.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    String directory = config.getWorkingDir();
    Map<String, ?> volumes = config.getVolumes();
    return new LoadedImage(
        String.valueOf(image.getId()),
        list(config.getEntrypoint()),
        list(config.getCmd()),
        environment,
        directory == null || directory.isEmpty() ? Optional.empty() : Optional.of(directory),
        config.getUser() == null ? "" : config.getUser(),
        volumes == null ? Set.of() : volumes.keySet());
  }

  private static List<String> list(String @Nullable [] words) {
    return words == null ? List.of() : Arrays.asList(words);
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

  private void load(Cid image, ImageOutline outline) throws InterruptedException {
    String doing = "loading image " + image;
    try (InputStream in = new Reading(content.open(image))) {
      LoadStream archive = new LoadStream(in, outline, reference(image));
      Answer answer = new Answer();
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

  /// What the engine says while it loads.
  private static final class Answer implements ResultCallback<LoadResponseItem> {

    private final CountDownLatch over = new CountDownLatch(1);
    private volatile @Nullable String error;
    private volatile @Nullable Throwable failure;

    @Override
    public void onStart(Closeable closeable) {
      // It closes by itself when all was read.
    }

    @Override
    public void onNext(LoadResponseItem item) {
      if (item.isErrorIndicated()) {
        var detail = item.getErrorDetail();
        error = detail == null ? "it failed" : String.valueOf(detail.getMessage());
      }
    }

    @Override
    public void onError(Throwable throwable) {
      if (failure == null) {
        failure = throwable;
      }
      over.countDown();
    }

    @Override
    public void onComplete() {
      over.countDown();
    }

    @Override
    public void close() {
      over.countDown();
    }

    boolean await() throws InterruptedException {
      return over.await(LONGEST_LOAD, TimeUnit.SECONDS);
    }

    void check(String doing) {
      Throwable failed = failure;
      if (failed != null) {
        throw Failures.of(doing, failed);
      }
      String said = error;
      if (said != null) {
        Kind kind = Failures.exhausted(said) ? Kind.EXHAUSTED : Kind.UNSUPPORTED;
        throw new DriverException(kind, doing + ": the engine says: " + said);
      }
    }
  }
}
