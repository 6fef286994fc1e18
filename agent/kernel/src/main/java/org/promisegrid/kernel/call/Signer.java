package org.promisegrid.kernel.call;

import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.token.CoseSign1;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;

/// Signs what the node states: receipts and answers.
public final class Signer {

  private final SigningKey key;
  private final NodeId node;

  public Signer(SigningKey key) {
    this.key = key;
    this.node = new NodeId(key.did().toString());
  }

  /// Whose statements these are.
  public NodeId node() {
    return node;
  }

  /// A receipt that states `body`.
  Receipt receipt(Receipt.Body body) {
    byte[] content = Receipt.signedContent(Receipt.bodyBytes(body));
    return Receipt.of(body, CoseSign1.detached(key, CoseSign1.EDDSA, content, Protocols.RECEIPT));
  }

  /// The answer to a call.
  public Answer answer(Cid call, Answer.Payload payload) {
    byte[] content = Answer.signedContent(call, Answer.payloadBytes(payload));
    return Answer.of(
        call, payload, CoseSign1.detached(key, CoseSign1.EDDSA, content, Protocols.ANSWER));
  }
}
