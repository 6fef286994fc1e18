package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Waits for what a driver does, as long as that may take and no longer. What takes longer goes on,
/// on a thread of its own that keeps nothing from ending.
public final class Patience {

  private Patience() {}

  /// Waits for `thread` to end, if it was started; whether it did. An interrupt doesn't shorten
  /// that, and is kept for the caller.
  static boolean join(Thread thread, Duration most) {
    long end = System.nanoTime() + Exact.nanos(most);
    boolean interrupted = false;
    if (thread.getState() == Thread.State.NEW) {
      return true;
    }
    try {
      while (true) {
        try {
          return thread.join(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Does `work`, which gives whatever it gives and throws whatever it throws.
  ///
  /// @param name what is done, for a person and for its thread
  /// @param late gets what comes when nobody waits for it any more
  /// @throws IllegalStateException if it takes longer than `most`
  public static <T> T call(Duration most, String name, Supplier<T> work, Consumer<? super T> late) {
    CompletableFuture<T> done = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name(name)
            .start(() -> {
              try {
                T made = work.get();
                if (!done.complete(made)) {
                  late.accept(made);
                }
              } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
              }
            });
    if (!join(thread, most)) {
      done.completeExceptionally(
          new IllegalStateException(name + " takes longer than " + most.toSeconds() + " s"));
    }
    try {
      return done.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        case null, default -> throw e;
      }
    }
  }
}
