package org.promisegrid.kernel.dispatch;

import java.util.ArrayList;
import java.util.List;

/// A caller's way to take a run back.
public final class Cancellation {

  private final List<Runnable> hooks = new ArrayList<>(1);
  private boolean cancelled;

  /// Takes it back; returns at once. Idempotent.
  public void cancel() {
    List<Runnable> due;
    synchronized (this) {
      if (cancelled) {
        return;
      }
      cancelled = true;
      due = List.copyOf(hooks);
      hooks.clear();
    }
    due.forEach(Runnable::run);
  }

  public synchronized boolean cancelled() {
    return cancelled;
  }

  /// Runs `hook` when it is cancelled, at once if it was; `hook` must not block.
  void onCancel(Runnable hook) {
    synchronized (this) {
      if (!cancelled) {
        hooks.add(hook);
        return;
      }
    }
    hook.run();
  }

  synchronized void forget(Runnable hook) {
    hooks.remove(hook);
  }
}
