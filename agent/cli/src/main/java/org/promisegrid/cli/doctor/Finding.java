package org.promisegrid.cli.doctor;

import java.util.Locale;
import java.util.Optional;
import org.promisegrid.kernel.message.Item;

/// One thing that was looked at.
///
/// @param about what it is, a word
/// @param says what was found
/// @param advice what to do about it, where there is something to be done
public record Finding(String about, Level level, String says, Optional<String> advice) {

  /// How it is.
  public enum Level {
    /// As it should be.
    GOOD,
    /// It works, and somebody may want to know.
    NOTE,
    /// Something doesn't work, or is lost or open to others, until it is mended.
    WRONG
  }

  static Finding good(String about, String says) {
    return new Finding(about, Level.GOOD, says, Optional.empty());
  }

  static Finding note(String about, String says, String advice) {
    return new Finding(about, Level.NOTE, says, Optional.of(advice));
  }

  static Finding wrong(String about, String says, String advice) {
    return new Finding(about, Level.WRONG, says, Optional.of(advice));
  }

  public boolean isWrong() {
    return level == Level.WRONG;
  }

  /// For programs.
  public Item toItem() {
    return Item.table()
        .put("about", about)
        .put("level", level.name().toLowerCase(Locale.ROOT))
        .put("says", says)
        .put("advice", advice.map(Item::of))
        .build();
  }
}
