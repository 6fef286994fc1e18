package org.promisegrid.kernel.content;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A directory that can't become a tree, or a tree that can't become a directory here; the message
/// says which entry, and why.
public final class TreeException extends IOException {

  private static final long serialVersionUID = 1;

  TreeException(String where, String why) {
    this(where, why, null);
  }

  TreeException(String where, String why, @Nullable Throwable cause) {
    super(where + ": " + why, cause);
  }
}
