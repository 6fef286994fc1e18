package org.promisegrid.kernel.content;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;

/// What is stored under a CID isn't what the CID names: the disk changed it. No wrong byte was
/// given away. Putting the right bytes again heals it.
public final class CorruptContentException extends IOException {

  private static final long serialVersionUID = 1;

  private final String cid;

  CorruptContentException(Cid cid, String how) {
    this(cid, how, null);
  }

  CorruptContentException(Cid cid, String how, @Nullable Throwable cause) {
    super("corrupt content " + cid + ": " + how, cause);
    this.cid = cid.toString();
  }

  /// The name of what is corrupt.
  public Cid cid() {
    return Cid.parse(cid);
  }
}
