package org.promisegrid.kernel.secret;

import java.util.regex.Pattern;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;

/// The name of a secret on one node: 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or digit.
public record SecretName(String text) {

  /// Slot 0 of a secret's identity, and of a sealed secret.
  static final Cid PROTOCOL = Protocols.cid("secret");

  /// Longest secret, in bytes.
  public static final int MOST_BYTES = 64 << 10;

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  /// @throws IllegalArgumentException if it isn't a name
  public SecretName {
    if (!NAME.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "a secret's name is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit");
    }
  }

  /// What a token names to let its holder fill slots with this secret.
  public Cid cid(NodeId node) {
    return Message.of(PROTOCOL, Item.of(node.did()), Item.of(text)).cid();
  }

  @Override
  public String toString() {
    return text;
  }
}
