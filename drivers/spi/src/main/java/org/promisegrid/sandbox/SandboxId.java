package org.promisegrid.sandbox;

import java.util.regex.Pattern;

/// Names a sandbox on its target. The kernel derives it from what the sandbox is for, so that
/// creating the same thing twice meets `CONFLICT`: *already done*.
///
/// 1 to 63 of `a-z 0-9 -`, beginning with a letter or digit: what every engine takes as a name.
public record SandboxId(String text) {

  private static final Pattern SHAPE = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

  /// @throws IllegalArgumentException if it has another shape
  public SandboxId {
    if (!SHAPE.matcher(text).matches()) {
      throw new IllegalArgumentException("not a sandbox id: " + text);
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
