package org.promisegrid.kernel.storage;

import org.promisegrid.sandbox.Cid;

/// Content is needed, and what it links to can't be read: nobody knows what else is.
public final class UnreadException extends Exception {

  private static final long serialVersionUID = 1;

  private final transient Cid cid;

  UnreadException(Cid cid) {
    super("content " + cid + " is needed and can't be read, so nobody knows what it needs");
    this.cid = cid;
  }

  /// Which content.
  public Cid cid() {
    return cid;
  }
}
