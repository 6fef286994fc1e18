package org.promisegrid.kernel.message;

import java.util.Arrays;

/// A target for Jazzer: what is read as a message of some kind says the same when it is made again
/// from its parts.
public final class MessageFuzz {

  private MessageFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Message message;
    try {
      message = Message.decode(data);
    } catch (MalformedException e) {
      return; // the one thing that may be thrown
    }
    same("message", Cbor.encode(message.item()), data);
    same("message", message.bytes(), data);
    message.links();
    try {
      Call call = Call.decode(message);
      Call again =
          Call.of(
              call.function(),
              call.params(),
              call.input(),
              call.terms(),
              call.chain(),
              call.signature());
      same("call", again.message().bytes(), data);
      same("payload", again.payload(), call.payload());
      Forward.decode(call.params());
    } catch (MalformedException e) {
      // Another kind of message, or of call.
    }
    try {
      Answer answer = Answer.decode(message);
      same("answer", Answer.encode(answer.call(), answer.payload(), answer.proof()), data);
      same("payload", Answer.payloadBytes(answer.payload()), answer.payloadBytes());
    } catch (MalformedException e) {
      // Another kind of message.
    }
    try {
      Receipt receipt = Receipt.decode(message);
      same("receipt", Receipt.encode(receipt.body(), receipt.signature()), data);
      same("body", Receipt.bodyBytes(receipt.body()), receipt.bodyBytes());
    } catch (MalformedException e) {
      // Another kind of message.
    }
    try {
      same("event", Event.decode(message).toMessage().bytes(), data);
    } catch (MalformedException e) {
      // Another kind of message.
    }
  }

  private static void same(String what, byte[] made, byte[] received) {
    if (!Arrays.equals(made, received)) {
      throw new AssertionError("another encoding of the same " + what);
    }
  }
}
