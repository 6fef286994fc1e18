package org.promisegrid.driver.wasm;

import java.util.concurrent.atomic.AtomicLong;

/// The memory that all workloads hold together.
final class MemoryPool {

  private final long size;
  private final AtomicLong held = new AtomicLong();

  MemoryPool(long size) {
    this.size = size;
  }

  long size() {
    return size;
  }

  /// Whether so many bytes are free now.
  boolean has(long bytes) {
    return free() >= bytes;
  }

  /// Bytes that are free now.
  long free() {
    return size - held.get();
  }

  /// Takes bytes; false, and nothing taken, if they aren't there.
  boolean take(long bytes) {
    if (held.addAndGet(bytes) > size) {
      held.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void give(long bytes) {
    held.addAndGet(-bytes);
  }
}
