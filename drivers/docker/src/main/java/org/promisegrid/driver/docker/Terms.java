package org.promisegrid.driver.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.SandboxSpec;

/// What of a spec must be known until the sandbox is gone, by whichever process has charge of it:
/// it stands in a label of the container.
///
/// @param secrets their names, by path
record Terms(Limits limits, Map<String, String> secrets) {

  Terms {
    secrets = Map.copyOf(secrets);
  }

  static Terms of(SandboxSpec spec) {
    Map<String, String> secrets = new TreeMap<>();
    for (Filling filling : spec.slots().values()) {
      if (filling instanceof Filling.Secret(String name, String path)) {
        secrets.put(path, name);
      }
    }
    return new Terms(spec.limits(), secrets);
  }

  /// As the label has it: words, of which each secret is two.
  String text() {
    List<String> words = new ArrayList<>();
    words.add(limits.time().toString());
    words.add(Long.toString(limits.memory()));
    words.add(Long.toString(limits.output()));
    words.add(Long.toString(limits.log()));
    new TreeMap<>(secrets)
        .forEach((path, name) -> {
          words.add(URLEncoder.encode(path, UTF_8));
          words.add(URLEncoder.encode(name, UTF_8));
        });
    return String.join(" ", words);
  }

  /// @throws DriverException `BROKEN` if this node's driver didn't write it
  static Terms parse(String text) {
    String[] words = text.split(" ", -1);
    if (words.length < 4 || words.length % 2 != 0) {
      throw new DriverException(Kind.BROKEN, "a label " + Naming.SPEC + " that isn't ours");
    }
    try {
      Map<String, String> secrets = new TreeMap<>();
      for (int i = 4; i < words.length; i += 2) {
        secrets.put(URLDecoder.decode(words[i], UTF_8), URLDecoder.decode(words[i + 1], UTF_8));
      }
      return new Terms(
          new Limits(
              Duration.parse(words[0]),
              Long.parseLong(words[1]),
              Long.parseLong(words[2]),
              Long.parseLong(words[3])),
          secrets);
    } catch (RuntimeException e) { // of numbers, times and encodings
      throw new DriverException(Kind.BROKEN, "a label " + Naming.SPEC + " that isn't ours", e);
    }
  }
}
