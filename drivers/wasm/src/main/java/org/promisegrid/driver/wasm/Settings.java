package org.promisegrid.driver.wasm;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What an owner can set for this driver.
///
/// @param threads workloads that compute at once; `threads`, as many as there are processors
/// @param memory bytes that all workloads may hold together; `memory`, half of the JVM's heap;
///   agent and modules need the rest
/// @param modules bytes of compiled modules that are kept ready; `modules`, a 16th of the heap
/// @param cache bytes of compiled code that are kept on disk; `cache`, 512 MiB
record Settings(int threads, long memory, long modules, long cache) {

  private static final long MIB = 1 << 20;
  private static final Pattern SIZE = Pattern.compile("(\\d{1,12})(B|KiB|MiB|GiB)?");

  /// @throws IllegalArgumentException if one is unknown or makes no sense
  static Settings of(Map<String, String> settings) {
    long heap = Runtime.getRuntime().maxMemory();
    int threads = Runtime.getRuntime().availableProcessors();
    long memory = heap / 2;
    long modules = heap / 16;
    long cache = 512 * MIB;
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      String value = setting.getValue();
      switch (setting.getKey()) {
        case "threads" -> threads = number(value);
        case "memory" -> memory = size("memory", value);
        case "modules" -> modules = size("modules", value);
        case "cache" -> cache = size("cache", value);
        default ->
            throw new IllegalArgumentException(
                "the wasm driver has no setting " + setting.getKey());
      }
    }
    return new Settings(threads, memory, modules, cache);
  }

  private static int number(String value) {
    if (!value.matches("[1-9]\\d{0,3}")) {
      throw new IllegalArgumentException("wasm: threads is a number from 1 to 9999, not " + value);
    }
    return Integer.parseInt(value);
  }

  private static long size(String name, String value) {
    Matcher size = SIZE.matcher(value);
    if (!size.matches()) {
      throw new IllegalArgumentException(
          "wasm: " + name + " is a size such as 512MiB, not " + value);
    }
    int shift =
        switch (size.group(2)) {
          case "KiB" -> 10;
          case "MiB" -> 20;
          case "GiB" -> 30;
          case null, default -> 0;
        };
    long count = Long.parseLong(size.group(1));
    if (count > Long.MAX_VALUE >> shift) {
      throw new IllegalArgumentException(
          "wasm: " + name + " of " + value + " is more than there is");
    }
    return count << shift;
  }
}
