package org.promisegrid.driver.docker.image;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.PullResponseItem;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.engine.Failures;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.ImageReference;

/// Has an engine bring an image from its registry. The engine verifies that it is what its digest
/// says; how far it has come stands in the log.
final class Pull implements ResultCallback<PullResponseItem> {

  private static final System.Logger LOGGER = System.getLogger(Pull.class.getName());

  private static final long LONGEST = TimeUnit.MINUTES.toSeconds(30);

  private final String doing;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile @Nullable Closeable connection;
  private volatile @Nullable String error;
  private volatile @Nullable Throwable failure;

  private Pull(String doing) {
    this.doing = doing;
  }

  /// Returns when it is there.
  ///
  /// @throws DriverException `UNAVAILABLE` if the registry can't be reached, `UNSUPPORTED` if it
  ///   doesn't give the image
  static void of(Engine engine, ImageReference image) throws InterruptedException {
    String doing = "pulling " + image;
    LOGGER.log(System.Logger.Level.INFO, doing);
    Pull pull = new Pull(doing);
    engine.ask(
        doing,
        client ->
            client
                .pullImageCmd(image.name())
                .withPlatform(image.os() + "/" + image.architecture())
                .exec(pull));
    try {
      if (!pull.over.await(LONGEST, TimeUnit.SECONDS)) {
        throw new DriverException(Kind.UNAVAILABLE, doing + ": it takes too long");
      }
    } finally {
      pull.hangUp(); // the engine ends what nobody waits for
    }
    pull.check();
    LOGGER.log(System.Logger.Level.INFO, doing + ": it is there");
  }

  @Override
  public void onStart(Closeable closeable) {
    connection = closeable;
  }

  @Override
  public void onNext(PullResponseItem item) {
    if (item.isErrorIndicated()) {
      var detail = item.getErrorDetail();
      error = detail == null ? "it failed" : String.valueOf(detail.getMessage());
    } else if (String.valueOf(item.getStatus()).equals("Pull complete")) {
      LOGGER.log(System.Logger.Level.INFO, doing + ": has layer " + item.getId());
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

  private void hangUp() {
    Closeable open = connection;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        throw new UncheckedIOException(doing, e);
      }
    }
  }

  private void check() {
    String said = error;
    if (said != null) {
      throw new DriverException(kind(said), doing + ": the engine says: " + said);
    }
    Throwable failed = failure;
    if (failed != null) {
      String text = Failures.text(failed);
      DriverException told = Failures.of(doing, failed);
      throw told.kind() == Kind.UNAVAILABLE || told.kind() == Kind.EXHAUSTED
          ? told
          : new DriverException(kind(text), doing + ": the engine says: " + text, failed);
    }
  }

  /// What keeps an image away for now, and what will be the same next time.
  private static Kind kind(String said) {
    String lower = said.toLowerCase(Locale.ROOT);
    if (Failures.exhausted(said)) {
      return Kind.EXHAUSTED;
    }
    boolean forNow =
        lower.contains("connection refused")
            || lower.contains("no such host")
            || lower.contains("timeout")
            || lower.contains("deadline exceeded")
            || lower.contains("unreachable")
            || lower.contains("server misbehaving")
            || lower.contains("toomanyrequests");
    return forNow ? Kind.UNAVAILABLE : Kind.UNSUPPORTED;
  }
}
