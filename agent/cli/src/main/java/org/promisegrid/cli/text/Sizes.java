package org.promisegrid.cli.text;

import java.util.Locale;

/// Numbers of bytes as people read them: `1.5 GiB`.
public final class Sizes {

  private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Sizes() {}

  /// A size for people, to three digits: `17 B`, `4.2 KiB`.
  public static String text(long bytes) {
    double value = bytes;
    int unit = 0;
    while (value >= 1023.5 && unit < BINARY.length - 1) {
      value /= 1024;
      unit++;
    }
    String number =
        unit == 0 || value >= 99.95
            ? String.format(Locale.ROOT, "%.0f", value)
            : String.format(Locale.ROOT, "%.1f", value);
    return number + " " + BINARY[unit];
  }
}
