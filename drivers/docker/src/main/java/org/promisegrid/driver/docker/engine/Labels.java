package org.promisegrid.driver.docker.engine;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Labels by which things are looked for on an engine.
public final class Labels {

  private Labels() {}

  /// As engines take labels that they are to look for.
  public static List<String> words(Map<String, String> labels) {
    return labels.entrySet().stream()
        .map(label -> label.getKey() + "=" + label.getValue())
        .toList();
  }

  /// Whether something that was found has all that was looked for: of volumes and networks Podman
  /// finds those, too, that have only one of several labels.
  ///
  /// @param found its labels; null if it has none
  public static boolean has(@Nullable Map<String, String> found, Map<String, String> wanted) {
    return found != null && found.entrySet().containsAll(wanted.entrySet());
  }
}
