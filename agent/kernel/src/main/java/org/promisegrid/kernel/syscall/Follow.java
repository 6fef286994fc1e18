package org.promisegrid.kernel.syscall;

import java.io.InputStream;
import org.promisegrid.kernel.message.Event;

/// What follows an answer on its stream; the transport sends it, then closes it.
public sealed interface Follow {

  /// Nothing.
  record None() implements Follow {}

  /// Content. Reading it can end in an [java.io.IOException]: then the transport cuts the
  /// connection off, so that nobody takes the part for the whole.
  record Bytes(InputStream bytes, long size) implements Follow {}

  /// Events, until there are no more or the reader leaves.
  record Events(EventStream stream) implements Follow {}

  /// Nothing follows.
  static Follow none() {
    return new None();
  }

  /// Events as they come.
  interface EventStream extends AutoCloseable {

    /// Waits for the next event.
    Next next(java.time.Duration atMost) throws InterruptedException;

    @Override
    void close();
  }

  /// What waiting for an event led to.
  sealed interface Next {
    record Came(Event event) implements Next {}

    /// The time is over; there may be more.
    record Quiet() implements Next {}

    /// There will be no more.
    record Over() implements Next {}
  }
}
