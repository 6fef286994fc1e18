package org.promisegrid.kernel.journal;

/// Waits for threads that are about to end.
public final class Ending {

  private Ending() {}

  /// Waits until a thread has ended, interrupted or not: what it does must be done.
  public static void await(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
