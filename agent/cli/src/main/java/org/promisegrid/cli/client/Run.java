package org.promisegrid.cli.client;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.promisegrid.kernel.content.Multihash;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.token.CoseSign1;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.sandbox.Cid;

/// How a call of a user function ended: a receipt whose signature is good.
///
/// @param call the call's name
/// @param result what it wrote, where that came along; it is what the receipt names
public record Run(Cid call, Receipt receipt, Answer.How how, Optional<Item.Bytes> result) {

  /// Takes the receipt out of a reply to `call`.
  ///
  /// @param node who answered
  /// @throws Failure if there is no receipt, or none that is true of this call as far as its caller
  ///   can see; a refusal of a call is [Failure.Kind#AGENT]
  public static Run of(Reply reply, Did node) {
    Run run = of(reply.answer(), node);
    Call call = reply.call();
    Optional<Cid> input = call.input().name();
    if (input.isPresent() && !input.get().equals(run.receipt.body().input())) {
      throw Failure.agent("the receipt is of a run on other input than that of this call");
    }
    return run;
  }

  /// Takes the receipt out of an answer that is known to be the node's.
  public static Run of(Answer answer, Did node) {
    return switch (answer.payload()) {
      case Payload.Receipted receipted -> read(answer.call(), receipted, node);
      case Payload.Promised _ ->
          throw Failure.agent("the agent gave a promise in place of a result");
      case Payload.Kept _ ->
          throw Failure.usage("this is a kernel function: it has a command of its own");
      case Payload.Revoked _, Payload.NotPromised _, Payload.Broken _ ->
          throw Refusals.of(answer.payload()).as(Failure.Kind.AGENT);
    };
  }

  /// Reads an answer inside of another one, such as what `call.await` keeps.
  public static Run within(byte[] message, Cid call, Did node) {
    try {
      Answer answer = Answer.decode(Message.decode(message));
      if (!answer.call().equals(call) || !Agent.proves(node, answer)) {
        throw Failure.agent("that is no answer of " + node + " to " + call);
      }
      return of(answer, node);
    } catch (MalformedException e) {
      throw Failure.agent("not an answer: " + e.getMessage()).because(e);
    }
  }

  private static Run read(Cid call, Payload.Receipted receipted, Did node) {
    try {
      Receipt receipt = Receipt.decode(Message.decode(receipted.receipt().value()));
      Did signer = Did.parse(receipt.body().node().did());
      if (!signer.equals(node) && receipted.how() != Answer.How.PEER) {
        throw Failure.agent("the receipt is another node's, " + signer);
      }
      if (!isSigned(receipt, signer)) {
        throw Failure.agent("the receipt is not signed by " + signer);
      }
      Optional<Item.Bytes> result = receipted.result();
      if (result.isPresent()
          && (receipt.body().result().isEmpty()
              || !receipt.body().result().get().cid().names(result.get().value()))) {
        throw Failure.agent("the result isn't the one that the receipt names");
      }
      return new Run(call, receipt, receipted.how(), result);
    } catch (MalformedException e) {
      throw Failure.agent("not a receipt: " + e.getMessage()).because(e);
    }
  }

  /// Whether `node` signed a receipt.
  public static boolean isSigned(Receipt receipt, Did node) throws MalformedException {
    return CoseSign1.decode(receipt.signature())
        .verify(node.key(), Receipt.signedContent(receipt.bodyBytes()), Protocols.RECEIPT);
  }

  /// Whether it ended as promised.
  public boolean isKept() {
    return receipt.body().outcome() instanceof Receipt.Ended.Kept;
  }

  /// Writes what the run wrote, if anything.
  public void deliver(Agent agent, OutputStream out) {
    if (result.isPresent()) {
      try {
        out.write(result.get().value());
      } catch (IOException e) {
        throw Failure.output(e);
      }
    } else if (receipt.body().result().isPresent() && receipt.body().result().get().size() > 0) {
      Cid cid = receipt.body().result().get().cid();
      agent.get(Multihash.of(cid), out);
    }
  }
}
