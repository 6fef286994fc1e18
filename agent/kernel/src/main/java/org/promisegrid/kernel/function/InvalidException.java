package org.promisegrid.kernel.function;

/// A parameter that isn't what its function asks for.
public final class InvalidException extends Exception {

  private static final long serialVersionUID = 1;

  private final String path;
  private final String expected;

  /// @param path the parameter, and where in it: `size.width`, `files[2]`
  /// @param expected what should have been there, as the end of "expected …"
  InvalidException(String path, String expected) {
    super(path + ": expected " + expected);
    this.path = path;
    this.expected = expected;
  }

  /// The parameter, and where in it: `size.width`, `files[2]`.
  public String path() {
    return path;
  }

  /// What should have been there.
  public String expected() {
    return expected;
  }
}
