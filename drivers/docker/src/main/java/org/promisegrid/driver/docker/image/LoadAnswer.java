package org.promisegrid.driver.docker.image;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.LoadResponseItem;
import java.io.Closeable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Failures;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;

/// What the engine says while it loads.
final class LoadAnswer implements ResultCallback<LoadResponseItem> {

  private static final long LONGEST = TimeUnit.MINUTES.toSeconds(15);

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
    return over.await(LONGEST, TimeUnit.SECONDS);
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
