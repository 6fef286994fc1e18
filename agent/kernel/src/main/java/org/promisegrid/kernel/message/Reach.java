package org.promisegrid.kernel.message;

/// How far content, calls and receipts may travel, narrowest first.
public enum Reach {
  /// This node only.
  HERE,
  /// The owner's nodes.
  OWN,
  /// Nodes whose keys the owner names.
  KEYS,
  /// Any node.
  ANYONE;

  /// The narrower of the two: what a result inherits from its inputs.
  public Reach narrowest(Reach other) {
    return compareTo(other) <= 0 ? this : other;
  }
}
