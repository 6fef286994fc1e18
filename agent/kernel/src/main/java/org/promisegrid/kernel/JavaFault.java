package org.promisegrid.kernel;

import java.util.Optional;

/// What is known to be wrong with a Java that runs agents.
///
/// Before 25.0.3, Java 25 loses wake-ups of virtual threads (JDK-8369227, JDK-8370887): a call, or
/// the whole agent, can wait for ever.
public final class JavaFault {

  private static final Runtime.Version SOUND = Runtime.Version.parse("25.0.3");

  private JavaFault() {}

  /// What is wrong with that version, and what to install; empty if nothing is known.
  public static Optional<String> of(Runtime.Version version) {
    return version.feature() == SOUND.feature() && version.compareToIgnoreOptional(SOUND) < 0
        ? Optional.of(
            "Java "
                + version
                + " loses wake-ups of virtual threads (JDK-8369227, JDK-8370887), so calls can hang:"
                + " install "
                + SOUND
                + " or later")
        : Optional.empty();
  }
}
