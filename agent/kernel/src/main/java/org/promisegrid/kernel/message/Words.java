package org.promisegrid.kernel.message;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// The wire form of enum constants: their names in lower case.
public final class Words {

  private Words() {}

  /// The word for a constant.
  public static String of(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }

  static <E extends Enum<E>> String all(Class<E> words) {
    return Arrays.stream(words.getEnumConstants()).map(Words::of).collect(Collectors.joining(", "));
  }
}
