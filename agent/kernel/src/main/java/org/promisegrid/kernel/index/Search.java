package org.promisegrid.kernel.index;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.promisegrid.kernel.index.Graph.Direction;
import org.promisegrid.sandbox.Cid;

/// Looks for a way by edges that count, from any of some roots down to a target: from both ends, a
/// few rows of each in turn, so that the shorter end decides how long it takes.
final class Search {

  private static final int ROWS_PER_TURN = 64;

  /// Of each end; a row takes about 2 µs.
  private static final int MOST_TURNS = 1_000;

  private final Index index;
  private final End down;
  private final End up;
  private int turns;

  Search(Index index, Set<Cid> roots, Cid target) {
    this.index = index;
    this.down = new End(Direction.DOWN, roots);
    this.up = new End(Direction.UP, Set.of(target));
  }

  boolean connected() {
    for (; turns < MOST_TURNS; turns++) {
      if (down.isExhausted() || up.isExhausted()) {
        return false;
      }
      if (down.meets(up) || up.meets(down)) {
        return true;
      }
    }
    return false;
  }

  /// How often each end was looked at, a few rows each time.
  int turns() {
    return turns;
  }

  /// A node whose rows before `from` were looked at. Nobody compares them.
  @SuppressWarnings("ArrayRecordComponent")
  private record Open(Cid cid, byte[] from) {
    static Open of(Cid cid) {
      return new Open(cid, new byte[0]);
    }
  }

  private final class End {
    private final Direction direction;
    private final Set<Cid> seen;
    private final Deque<Open> open = new ArrayDeque<>();

    End(Direction direction, Set<Cid> starts) {
      this.direction = direction;
      this.seen = new HashSet<>(starts);
      starts.forEach(start -> open.add(Open.of(start)));
    }

    boolean isExhausted() {
      return open.isEmpty();
    }

    /// Looks at some rows more; whether one of them leads to what the other end has seen.
    boolean meets(End other) {
      int left = ROWS_PER_TURN;
      while (left > 0 && !open.isEmpty()) {
        Turn turn = new Turn(other, left);
        Open head = open.removeFirst();
        boolean all = Graph.counting(index, head.cid(), direction, head.from(), turn);
        if (turn.met) {
          return true;
        }
        if (!all) {
          open.addFirst(new Open(head.cid(), turn.stoppedAt));
        }
        // A node without rows costs a look, too.
        left = turn.left - 1;
      }
      return false;
    }

    /// One node's rows, as many as are left.
    private final class Turn implements Graph.RowVisitor {
      private final End other;
      private int left;
      private boolean met;
      private byte[] stoppedAt = {};

      Turn(End other, int left) {
        this.other = other;
        this.left = left;
      }

      @Override
      public boolean visit(byte[] row, Cid far) {
        if (left == 0) {
          stoppedAt = row;
          return false;
        }
        left--;
        met = other.seen.contains(far);
        if (!met && seen.add(far)) {
          open.addLast(Open.of(far));
        }
        return !met;
      }
    }
  }
}
