package org.promisegrid.kernel.function;

import java.util.List;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;

/// A function with the terms that its calls get where they don't say otherwise: what a name's head
/// usually is, so that changing a limit changes no function's hash.
///
/// @param function a descriptor's CID
/// @param terms defaults; without a nonce or a reply, which belong to one call
public record Binding(Cid function, Terms terms) {

  /// Slot 0 of a binding.
  public static final Cid PROTOCOL = Protocols.cid("binding");

  /// @throws IllegalArgumentException if the terms have a nonce or a reply
  public Binding {
    if (terms.nonce().isPresent() || terms.reply().isPresent()) {
      throw new IllegalArgumentException("a binding's terms have neither a nonce nor a reply");
    }
  }

  /// Whether a message claims to be a binding.
  public static boolean isOne(Message message) {
    return message.function().filter(PROTOCOL::equals).isPresent();
  }

  /// Reads a binding.
  ///
  /// @throws MalformedException if it isn't one
  public static Binding of(Message message) throws MalformedException {
    List<Item> slots = message.slots();
    if (!isOne(message) || slots.size() != 1) {
      throw new MalformedException("not a binding");
    }
    Fields fields = Fields.of(slots.getFirst(), "binding");
    Cid function = fields.requiredLink("function");
    Terms terms = Terms.decode(fields.requiredTable("terms"));
    fields.end();
    try {
      return new Binding(function, terms);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("binding: " + e.getMessage(), e);
    }
  }

  /// The message that it is named by.
  public Message message() {
    return Message.of(
        PROTOCOL, Item.table().put("function", function).put("terms", terms.toItem()).build());
  }

  public Cid cid() {
    return message().cid();
  }
}
