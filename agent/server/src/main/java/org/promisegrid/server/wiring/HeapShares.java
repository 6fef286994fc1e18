package org.promisegrid.server.wiring;

/// What of the heap requests may take. An agent that comes to the end of its heap loses its
/// journal, so what is bounded by a part of it comes to 0.71 of it in all: workloads of the wasm
/// driver may take a half, its compiled modules a 16th, and requests what is said here. The rest is
/// for what is bounded by numbers: caches, queues, connections, a module that is being compiled.
///
/// @param bodies for requests of those who have a token, in bytes
/// @param messages for messages, of which nobody knows whose they are before they are read
record HeapShares(long bodies, long messages) {

  /// Of a heap of so many bytes.
  static HeapShares of(long heap) {
    return new HeapShares(heap / 12, heap / 16);
  }
}
