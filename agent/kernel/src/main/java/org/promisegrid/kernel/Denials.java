package org.promisegrid.kernel;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// What of the calls that were refused is written down: of those of one principal for one reason,
/// one in ten seconds, with how many there were before. Nobody is to fill the disk: strangers are
/// one together, and so are all beyond a number of principals, who can be made at will.
final class Denials {

  private static final Duration QUIET = Duration.ofSeconds(10);

  private final InstantSource clock;
  private final int most;
  private final Map<Kind, Silence> silences = new LinkedHashMap<>(16, 0.75f, true);

  /// @param most of how many principals and reasons at once a silence is kept
  Denials(InstantSource clock, int most) {
    this.clock = clock;
    this.most = most;
  }

  /// What is to be written.
  ///
  /// @param by absent for strangers, and where it stands for several
  /// @param more how many alike were left out before
  record Line(Cid call, String from, String reason, Optional<String> by, long more) {}

  /// What is counted together.
  private record Kind(Optional<String> by, String reason) {}

  /// Since a line was written.
  private static final class Silence {
    private Instant since;
    private long left;
    private Cid call;
    private String from;

    Silence(Instant since, Cid call, String from) {
      this.since = since;
      this.call = call;
      this.from = from;
    }

    Line line(Kind kind, long more) {
      return new Line(call, from, kind.reason(), kind.by(), more);
    }
  }

  /// What to write down of a call that was refused.
  synchronized List<Line> refused(Cid call, String from, Optional<String> by, String reason) {
    Instant now = clock.instant();
    List<Line> lines = new ArrayList<>();
    Kind kind = new Kind(by, reason);
    if (!silences.containsKey(kind) && silences.size() >= most && !forgotten(now, lines)) {
      kind = new Kind(Optional.empty(), reason);
    }
    Silence silence = silences.get(kind);
    if (silence == null) {
      silences.put(kind, new Silence(now, call, from));
      lines.add(new Line(call, from, reason, kind.by(), 0));
      return lines;
    }
    silence.call = call;
    silence.from = from;
    if (isOver(silence, now)) {
      lines.add(silence.line(kind, silence.left));
      silence.since = now;
      silence.left = 0;
    } else {
      silence.left++;
    }
    return lines;
  }

  /// A clock that is set back ends it, too.
  private static boolean isOver(Silence silence, Instant now) {
    return now.isBefore(silence.since) || !now.isBefore(silence.since.plus(QUIET));
  }

  /// Makes room by the silence that was broken longest ago, if it is over; what it held back is
  /// written now.
  private boolean forgotten(Instant now, List<Line> lines) {
    Iterator<Map.Entry<Kind, Silence>> oldest = silences.entrySet().iterator();
    Map.Entry<Kind, Silence> entry = oldest.next();
    if (!isOver(entry.getValue(), now)) {
      return false;
    }
    oldest.remove();
    if (entry.getValue().left > 0) {
      lines.add(entry.getValue().line(entry.getKey(), entry.getValue().left - 1));
    }
    return true;
  }

  /// What was held back and never written.
  synchronized List<Line> rest() {
    List<Line> lines = new ArrayList<>();
    silences.forEach((kind, silence) -> {
      if (silence.left > 0) {
        lines.add(silence.line(kind, silence.left - 1));
      }
    });
    silences.clear();
    return lines;
  }
}
