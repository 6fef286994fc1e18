package org.promisegrid.driver.docker.image;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.BuildResponseItem;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Failures;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;

/// What the engine says while it builds.
final class BuildAnswer implements ResultCallback<BuildResponseItem> {

  private static final System.Logger LOGGER = System.getLogger(BuildAnswer.class.getName());

  private final Consumer<String> log;
  private final CountDownLatch over = new CountDownLatch(1);
  private volatile @Nullable Closeable connection;
  private volatile @Nullable String error;
  private volatile @Nullable Throwable failure;

  BuildAnswer(Consumer<String> log) {
    this.log = log;
  }

  @Override
  public void onStart(Closeable closeable) {
    connection = closeable;
  }

  @Override
  public void onNext(BuildResponseItem item) {
    if (item.isErrorIndicated()) {
      var detail = item.getErrorDetail();
      error = String.valueOf(detail == null ? "it failed" : detail.getMessage());
    } else if (item.getStream() != null) {
      log.accept(item.getStream());
    } else if (item.getStatus() != null
        && item.getProgressDetail() == null) { // of a base that comes
      log.accept(item.getStatus() + "\n");
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

  boolean await(Duration within) throws InterruptedException {
    return over.await(within.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Hangs up: the engine ends what nobody waits for. Before it has answered at all, it reads what
  /// it is sent, and notices that this ends early.
  void leave() {
    Closeable open = connection;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        LOGGER.log(System.Logger.Level.DEBUG, "hanging up on a build", e);
      }
    }
  }

  /// @throws DriverException if there is no image
  void check(String doing) {
    Throwable failed = failure;
    if (failed != null) {
      throw Failures.of(doing, failed);
    }
    String said = error;
    if (said != null) {
      Kind kind =
          Failures.exhausted(said)
              ? Kind.EXHAUSTED
              : Pull.isForNow(said) ? Kind.UNAVAILABLE : Kind.UNSUPPORTED;
      throw new DriverException(kind, doing + ": the engine says: " + said.strip());
    }
  }
}
