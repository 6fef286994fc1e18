package org.promisegrid.kernel.stack;

import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;

/// What must hold for any bytes at all. Jazzer finds its entry point by name; the seeded test
/// beside it calls the same one.
public final class StackFuzz {

  private StackFuzz() {}

  /// The bytes are a service, as `service.start` takes one, and as it is written down.
  public static void fuzzerTestOneInput(byte[] data) {
    Declaration service;
    try {
      service = Declaration.of(Cbor.decode(data));
    } catch (MalformedException _) {
      return; // refused, as it may be
    }
    try {
      if (!Declaration.of(service.toItem()).equals(service)) {
        throw new AssertionError("read again, it is another service: " + service);
      }
      Stack stack = Stack.of("a", service);
      if (!Stack.of(Message.decode(stack.message().bytes())).equals(stack)) {
        throw new AssertionError("read again, it is another stack: " + stack);
      }
      if (!service.running(false).source().equals(service.source())) {
        throw new AssertionError("stopping it makes it another: " + service);
      }
    } catch (MalformedException e) {
      throw new AssertionError("what was written can't be read: " + service, e);
    }
  }
}
