package org.promisegrid.sandbox;

/// A node's name: the `did:key:…` of its public key.
public record NodeId(String did) {

  private static final int LONGEST = 128;

  /// @throws IllegalArgumentException if it isn't a `did:key`
  public NodeId {
    if (!did.startsWith("did:key:z") || did.length() > LONGEST) {
      throw new IllegalArgumentException("not a did:key");
    }
  }

  @Override
  public String toString() {
    return did;
  }
}
