package org.promisegrid.kernel.content;

import java.io.IOException;

/// Content that was put isn't what it was expected to be; nothing of it was kept.
public final class MismatchException extends IOException {

  private static final long serialVersionUID = 1;

  private final String what;
  private final String expected;
  private final String found;

  MismatchException(String what, String expected, String found) {
    super("expected " + expected + ", not " + found);
    this.what = what;
    this.expected = expected;
    this.found = found;
  }

  /// What wasn't met: `cid`, `size` or `expect`, as `content.put` calls it.
  public String what() {
    return what;
  }

  /// The CID, the `alg:hex` or the `… bytes` that wasn't met.
  public String expected() {
    return expected;
  }

  /// What came instead.
  public String found() {
    return found;
  }
}
