package org.promisegrid.tck;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// Something done on a virtual thread of its own, as the agent calls its drivers.
final class Attempt<T> {

  private final CompletableFuture<T> result = new CompletableFuture<>();
  private final Thread thread;

  private Attempt(Callable<T> work) {
    this.thread = Thread.ofVirtual().unstarted(() -> complete(work));
  }

  static <T> Attempt<T> of(Callable<T> work) {
    Attempt<T> attempt = new Attempt<>(work);
    attempt.thread.start();
    return attempt;
  }

  /// Like [#of], but the thread is interrupted before it begins.
  static <T> Attempt<T> interrupted(Callable<T> work) {
    return of(() -> {
      Thread.currentThread().interrupt();
      return work.call();
    });
  }

  void interrupt() {
    thread.interrupt();
  }

  boolean isDone() {
    return result.isDone();
  }

  /// Waits for it to succeed.
  T result() throws InterruptedException {
    try {
      return result.get();
    } catch (ExecutionException e) {
      throw new AssertionError("failed on its own thread", e.getCause());
    }
  }

  /// Waits for it to fail.
  Throwable failure() throws InterruptedException {
    try {
      throw new AssertionError("should have failed, gave " + result.get());
    } catch (ExecutionException _) {
      return result.exceptionNow();
    }
  }

  /// Waits for it to succeed or fail.
  void awaitEnd() throws InterruptedException {
    try {
      result.get();
    } catch (ExecutionException _) {
      // That is an end, too.
    }
  }

  private void complete(Callable<T> work) {
    try {
      result.complete(work.call());
    } catch (Throwable e) {
      result.completeExceptionally(e);
    }
  }
}
