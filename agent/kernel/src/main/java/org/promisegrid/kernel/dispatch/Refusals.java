package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Target;

/// Which targets said `UNSUPPORTED` to what they had offered to run: they aren't asked to again for
/// a while, though their offers are the cheapest.
final class Refusals {

  private static final Duration REMEMBERED = Duration.ofMinutes(10);
  private static final int MOST = 1024;

  private final InstantSource clock;
  private final Map<Key, Refusal> held =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Refusal> eldest) {
          return size() > MOST;
        }
      };

  Refusals(InstantSource clock) {
    this.clock = clock;
  }

  synchronized void note(Target target, SandboxSpec spec, String why) {
    held.put(new Key(target, spec), new Refusal(why, clock.instant().plus(REMEMBERED)));
  }

  /// Why the target won't, if it said so lately.
  synchronized Optional<String> of(Target target, SandboxSpec spec) {
    Key key = new Key(target, spec);
    Refusal refusal = held.get(key);
    if (refusal == null) {
      return Optional.empty();
    }
    if (!refusal.until().isAfter(clock.instant())) {
      held.remove(key);
      return Optional.empty();
    }
    return Optional.of(refusal.why());
  }

  private record Key(Target target, SandboxSpec spec) {}

  private record Refusal(String why, Instant until) {}
}
