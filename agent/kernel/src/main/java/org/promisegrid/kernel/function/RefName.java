package org.promisegrid.kernel.function;

import java.util.Optional;
import java.util.regex.Pattern;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;

/// The name of a ref on one node: parts of a-z, 0-9, `.`, `_` and `-`, each beginning with a letter
/// or digit, joined by `/`; up to 200 characters.
///
/// The last part isn't `log`, which asks for a ref's log, and a name isn't the text of a CID: where
/// either may stand, it is clear which it is.
public record RefName(String text) implements Comparable<RefName> {

  /// Slot 0 of a ref's identity.
  public static final Cid PROTOCOL = Protocols.cid("ref");

  /// Longest name, in characters.
  public static final int LONGEST = 200;

  private static final Pattern NAME =
      Pattern.compile("[a-z0-9][a-z0-9._-]*+(?:/[a-z0-9][a-z0-9._-]*+)*+");

  /// @throws IllegalArgumentException if it isn't a name
  public RefName {
    if (text.length() > LONGEST || !NAME.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "'"
              + Texts.shorten(text)
              + "' is no name: parts of a-z 0-9 . _ - that begin with a"
              + " letter or digit, joined by /, at most "
              + LONGEST
              + " characters");
    }
    if (text.equals("log") || text.endsWith("/log")) {
      throw new IllegalArgumentException("a name doesn't end with the part 'log'");
    }
    if (Cid.find(text).isPresent()) {
      throw new IllegalArgumentException("a name isn't a CID");
    }
  }

  /// What identifies the ref of this name on `node`: tokens and calls name it by the CID of this
  /// message.
  public Message identity(NodeId node) {
    return Message.of(PROTOCOL, Item.of(node.did()), Item.of(text));
  }

  /// The ref's CID.
  public Cid cid(NodeId node) {
    return identity(node).cid();
  }

  /// The name that an identity message speaks of, if it speaks of a ref on `node`.
  ///
  /// @throws MalformedException if it is a ref's identity, but not well-formed
  public static Optional<RefName> of(Message message, NodeId node) throws MalformedException {
    if (message.function().filter(PROTOCOL::equals).isEmpty()) {
      return Optional.empty();
    }
    if (message.slots().size() != 2
        || !(message.slots().getFirst() instanceof Item.Text(String did))
        || !(message.slots().getLast() instanceof Item.Text(String name))) {
      throw new MalformedException("a ref's identity is a node and a name");
    }
    try {
      return did.equals(node.did()) ? Optional.of(new RefName(name)) : Optional.empty();
    } catch (IllegalArgumentException e) {
      throw new MalformedException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public int compareTo(RefName other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}
