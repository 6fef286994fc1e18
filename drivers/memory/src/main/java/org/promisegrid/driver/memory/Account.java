package org.promisegrid.driver.memory;

/// What one workload says that it holds, up to a limit.
final class Account implements Workload.Memory {

  private final long limit;
  private final Runnable crossed;
  private long held;
  private long most;

  /// @param crossed told before an allocation that is too much fails
  Account(long limit, Runnable crossed) {
    this.limit = limit;
    this.crossed = crossed;
  }

  @Override
  public void allocate(long bytes) {
    if (!take(bytes)) {
      crossed.run();
      throw new IllegalStateException("more than " + limit + " bytes of memory");
    }
  }

  @Override
  public synchronized void free(long bytes) {
    if (bytes < 0 || bytes > held) {
      throw new IllegalArgumentException("holds " + held + " bytes, frees " + bytes);
    }
    held -= bytes;
  }

  /// What is held now.
  synchronized long held() {
    return held;
  }

  /// The most that was held at once.
  synchronized long most() {
    return most;
  }

  private synchronized boolean take(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("allocates " + bytes + " bytes");
    }
    if (bytes > limit - held) {
      return false;
    }
    held += bytes;
    most = Math.max(most, held);
    return true;
  }
}
