package org.promisegrid.kernel.backup;

import java.util.regex.Pattern;

/// The names of files that a backup takes, and a restore accepts: one pattern for both, so that
/// what is made can be restored. None leads anywhere else.
final class Names {

  /// A secret's is the longest: 64 letters, a dot, and 19 digits of a version.
  private static final String FILE = "[A-Za-z0-9][A-Za-z0-9._-]{0,83}(?<!\\.new)";

  private static final Pattern NAMES =
      Pattern.compile(
          "home/(layout|agent\\.properties"
              + "|journal/[0-9]{20}(\\.gz)?"
              + "|content/[0-9a-f]{2}/bafkrei[a-z2-7]{52}"
              + "|small/[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
              + ("|secrets/" + FILE + ")"));

  private static final Pattern SEALED = Pattern.compile("(keys|tokens)/" + FILE);

  private Names() {}

  /// What lies in the archive as it is.
  static boolean isOpen(String name) {
    return NAMES.matcher(name).matches();
  }

  /// What lies in the archive under the passphrase.
  static boolean isSealed(String name) {
    return SEALED.matcher(name).matches();
  }

  /// What is being written, or was when its writer was killed: nobody misses it.
  static boolean isUnfinished(String file) {
    return file.startsWith(".") || file.endsWith(".new");
  }
}
