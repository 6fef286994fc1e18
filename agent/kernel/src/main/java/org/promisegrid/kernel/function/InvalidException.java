package org.promisegrid.kernel.function;

/// A parameter that isn't what its function asks for.
public final class InvalidException extends Exception {

  private static final long serialVersionUID = 1;

  private final String path;
  private final String expected;
  private final boolean bound;

  /// @param path the parameter, and where in it: `size.width`, `files[2]`
  /// @param expected what should have been there, as the end of "expected …"
  InvalidException(String path, String expected) {
    this(path, expected, false);
  }

  private InvalidException(String path, String expected, boolean bound) {
    super(path + ": expected " + expected);
    this.path = path;
    this.expected = expected;
    this.bound = bound;
  }

  /// A value would do for the function, and isn't the one that the token binds.
  static InvalidException bound(String path) {
    return new InvalidException(path, "the value that the token binds, or none", true);
  }

  /// Whether it is the token that it doesn't suit, not the function.
  public boolean isBound() {
    return bound;
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
