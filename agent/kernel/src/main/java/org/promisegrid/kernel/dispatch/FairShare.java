package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Target;

/// As many runs per target as it has places and memory for; the others wait in one bounded queue
/// per target, in which the issuers take turns.
///
/// Nobody starves: a free place goes to the issuer that has waited longest for a turn, and within
/// an issuer to its oldest run. Nor can an issuer keep others out by filling the queue: when it is
/// full, a newcomer takes the place of the newest run of the issuer that has most waiting, if that
/// leaves it no fewer than the newcomer's issuer has then.
public final class FairShare implements Admission {

  /// Runs waiting per target, unless told otherwise.
  public static final int WAITING = 1024;

  /// What a run is taken to last before one has ended.
  private static final long ASSUMED_HOLD = TimeUnit.SECONDS.toNanos(1);

  private static final Duration SHORTEST_RETRY = Duration.ofMillis(100);
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(5);

  private final InstantSource clock;
  private final LongSupplier nanos;
  private final int most;
  private final Map<Target, Lane> lanes = new ConcurrentHashMap<>();

  /// @param clock that deadlines are told by
  /// @param nanos that runs are timed with, such as `System::nanoTime`
  /// @param most runs that may wait for one target
  public FairShare(InstantSource clock, LongSupplier nanos, int most) {
    if (most < 1) {
      throw new IllegalArgumentException("a queue has room for one");
    }
    this.clock = clock;
    this.nanos = nanos;
    this.most = most;
  }

  @Override
  public Ruling admit(Candidate candidate) {
    return lane(candidate).admit(candidate);
  }

  @Override
  public Duration backlog(Candidate candidate) {
    return lane(candidate).backlog(candidate);
  }

  /// How many run and wait on a target now.
  public record Load(int running, int waiting) {}

  /// The load of a target.
  public Load load(Target target) {
    Lane lane = lanes.get(target);
    return lane == null ? new Load(0, 0) : lane.load();
  }

  private Lane lane(Candidate candidate) {
    return lanes.computeIfAbsent(candidate.target(), target -> new Lane());
  }

  /// One target's places and queue. All fields are guarded by the lock.
  private final class Lane {
    private final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashMap<String, Deque<Place>> queue = new LinkedHashMap<>();
    private Fitness.Capacity capacity = Fitness.Capacity.NONE;
    private long memory;
    private int running;
    private int waiting;
    private long hold = ASSUMED_HOLD;

    Ruling admit(Candidate candidate) {
      lock.lock();
      try {
        // What the last probe told: a target that grew lets in those who wait already.
        capacity = candidate.capacity();
        fill();
        if (waiting == 0 && fits(candidate.limits().memory())) {
          return new Run(new Held(this, candidate.limits().memory()));
        }
        if (waiting >= most && !displaces(candidate.issuer())) {
          return new Refuse(
              Reason.EXHAUSTED,
              candidate.target() + " is busy and " + waiting + " wait for it",
              retryAfter(candidate.issuer()));
        }
        Place place = new Place(this, candidate.issuer(), candidate.limits().memory());
        queue.computeIfAbsent(candidate.issuer(), issuer -> new ArrayDeque<>()).addLast(place);
        waiting++;
        return new Wait(place);
      } finally {
        lock.unlock();
      }
    }

    Duration backlog(Candidate candidate) {
      lock.lock();
      try {
        capacity = candidate.capacity();
        return waiting == 0 && fits(candidate.limits().memory())
            ? Duration.ZERO
            : Duration.ofNanos(expected(candidate.issuer()));
      } finally {
        lock.unlock();
      }
    }

    Load load() {
      lock.lock();
      try {
        return new Load(running, waiting);
      } finally {
        lock.unlock();
      }
    }

    /// Whether the queue, though full, has room for one of this issuer now.
    private boolean displaces(String issuer) {
      Deque<Place> longest = new ArrayDeque<>();
      for (Deque<Place> line : queue.values()) {
        if (line.size() > longest.size()) {
          longest = line;
        }
      }
      Deque<Place> own = queue.get(issuer);
      if (longest.size() <= (own == null ? 0 : own.size()) + 1) {
        return false;
      }
      Place newest = longest.removeLast();
      waiting--;
      newest.refused =
          new Refuse(
              Reason.EXHAUSTED,
              "others had fewer runs waiting, and the queue is full",
              retryAfter(newest.issuer));
      newest.decided.signal();
      return true;
    }

    /// Whether a run may be added to those that are there. One that is alone always may: its target
    /// has said that it fits, and may have shrunk since.
    private boolean fits(long more) {
      return running == 0
          || (running < capacity.sandboxes() && Exact.add(memory, more) <= capacity.memory());
    }

    /// Gives free places to those whose turn it is. Nobody overtakes one that needs much memory: it
    /// would never get it.
    private void fill() {
      while (waiting > 0) {
        Map.Entry<String, Deque<Place>> turn = queue.firstEntry();
        String issuer = turn.getKey();
        Deque<Place> line = turn.getValue();
        if (!fits(line.getFirst().memory)) {
          return;
        }
        queue.remove(issuer);
        Place place = line.removeFirst();
        if (!line.isEmpty()) {
          queue.put(issuer, line); // to the end: everyone else has a turn first
        }
        waiting--;
        place.slot = new Held(this, place.memory);
        place.decided.signal();
      }
    }

    private void leave(Place place) {
      Deque<Place> line = queue.get(place.issuer);
      if (line != null && line.remove(place)) {
        waiting--;
        if (line.isEmpty()) {
          queue.remove(place.issuer);
        }
        // It may have been the one that there wasn't room for.
        fill();
      }
    }

    private void release(long since, long freed) {
      running--;
      memory -= freed;
      // The mean of about the last eight: an eighth of the way to the newest.
      hold = Exact.mix(hold, 7, Math.max(0, nanos.getAsLong() - since), 1);
      fill();
    }

    private Duration retryAfter(String issuer) {
      Duration wait = Duration.ofNanos(expected(issuer));
      return wait.compareTo(SHORTEST_RETRY) < 0
          ? SHORTEST_RETRY
          : wait.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : wait;
    }

    /// Until a newcomer's turn: those before it, and itself, at `hold` each, as many at once as run
    /// now.
    private long expected(String issuer) {
      Deque<Place> own = queue.get(issuer);
      int rounds = (own == null ? 0 : own.size()) + 1;
      long before = rounds;
      for (Map.Entry<String, Deque<Place>> line : queue.entrySet()) {
        if (!line.getKey().equals(issuer)) {
          before += Math.min(line.getValue().size(), rounds);
        }
      }
      return Exact.scale(hold, before, Math.max(1, running));
    }
  }

  /// A place on a target, taken from the moment it is made. Guarded by the lane's lock.
  private final class Held implements Slot {
    private final Lane lane;
    private final long memory;
    private final long since;
    private boolean closed;

    /// The lane's lock is held.
    Held(Lane lane, long memory) {
      this.lane = lane;
      this.memory = memory;
      this.since = nanos.getAsLong();
      lane.running++;
      lane.memory = Exact.add(lane.memory, memory);
    }

    @Override
    public void close() {
      lane.lock.lock();
      try {
        if (!closed) {
          closed = true;
          lane.release(since, memory);
        }
      } finally {
        lane.lock.unlock();
      }
    }
  }

  /// A place in a queue. Guarded by the lane's lock.
  private final class Place implements Ticket {
    private final Lane lane;
    private final String issuer;
    private final long memory;
    private final Condition decided;
    private @Nullable Held slot;
    private @Nullable Refuse refused;
    private boolean over;

    Place(Lane lane, String issuer, long memory) {
      this.lane = lane;
      this.issuer = issuer;
      this.memory = memory;
      this.decided = lane.lock.newCondition();
    }

    @Override
    public Ruling await(Optional<Instant> deadline) throws InterruptedException {
      lane.lock.lock();
      try {
        while (slot == null && refused == null) {
          if (over) {
            throw new IllegalStateException("this ticket is no longer valid");
          }
          if (deadline.isEmpty()) {
            decided.await();
            continue;
          }
          long left = Exact.nanos(Duration.between(clock.instant(), deadline.get()));
          if (left == 0) {
            abandon();
            return new Refuse(
                Reason.DEADLINE, "its turn didn't come before the deadline", Duration.ZERO);
          }
          // Whether its time is up is the clock's to tell, above.
          var _ = decided.awaitNanos(left);
        }
        over = true;
        Held held = slot;
        return held != null ? new Run(held) : Objects.requireNonNull(refused);
      } catch (InterruptedException e) {
        abandon();
        throw e;
      } finally {
        lane.lock.unlock();
      }
    }

    @Override
    public void close() {
      lane.lock.lock();
      try {
        abandon();
      } finally {
        lane.lock.unlock();
      }
    }

    private void abandon() {
      if (over) {
        return;
      }
      over = true;
      lane.leave(this);
      if (slot != null) {
        slot.close();
      }
    }
  }
}
