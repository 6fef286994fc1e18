package org.promisegrid.kernel.function;

import java.util.regex.Pattern;

/// One named parameter of a function. Without a default it must be given; with the default null it
/// may stay away.
public record Parameter(String name, Schema schema) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");

  /// @throws IllegalArgumentException if the name isn't one, or the type is null, which would leave
  ///   nothing to give
  public Parameter {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "'"
              + Texts.shorten(name)
              + "' is no parameter name: a letter, then up to 63 letters,"
              + " digits, _ and -");
    }
    if (schema.type() instanceof Type.Null) {
      throw new IllegalArgumentException("parameter '" + name + "' can only be null");
    }
  }

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }
}
