package org.promisegrid.kernel.index;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Predicate;
import org.promisegrid.kernel.index.Graph.Direction;
import org.promisegrid.kernel.index.Graph.Walk;
import org.promisegrid.sandbox.Cid;

/// One [Graph#walk] in progress. Each node is entered once, so cycles end, as do hubs: no more rows
/// are looked at than the nodes that may be shown allow.
final class Walking {

  /// Rows that are looked at for each node that may be shown. Hubs have any number of rows; what is
  /// asked for by default, 1,000 nodes, stays well below 50 ms.
  private static final int ROWS_PER_NODE = 4;

  private final Graph graph;
  private final Direction direction;
  private final int depth;
  private final int most;
  private final Predicate<Cid> visible;

  private final Map<Cid, Integer> depths = new HashMap<>();
  private final Set<Cid> hidden = new HashSet<>();
  private final List<Walk.Node> nodes = new ArrayList<>();
  private final Set<Walk.Edge> edges = new LinkedHashSet<>();
  private final Queue<Cid> next = new ArrayDeque<>();
  private long rows;
  private boolean more;

  Walking(Graph graph, Direction direction, int depth, int most, Predicate<Cid> visible) {
    this.graph = graph;
    this.direction = direction;
    this.depth = depth;
    this.most = most;
    this.visible = visible;
  }

  Walk from(Cid start) {
    enter(start, 0);
    while (!next.isEmpty() && !isTired()) {
      Cid near = next.remove();
      graph.neighbours(near, direction, far -> step(near, far));
    }
    return new Walk(nodes, List.copyOf(edges), more);
  }

  /// Returns whether to go on with this node.
  private boolean step(Cid near, Cid far) {
    rows++;
    if (isTired()) {
      more = true;
      return false;
    }
    if (!depths.containsKey(far)) {
      if (hidden.contains(far)) {
        return true;
      }
      if (!visible.test(far)) {
        hidden.add(far);
        return true;
      }
      int reached = depths.getOrDefault(near, 0) + 1;
      if (reached > depth || nodes.size() >= most) {
        more = true;
        // Others of its neighbours may be shown already: their edges still belong here.
        return true;
      }
      enter(far, reached);
    }
    edges.add(direction == Direction.UP ? new Walk.Edge(far, near) : new Walk.Edge(near, far));
    return true;
  }

  private boolean isTired() {
    return rows > ROWS_PER_NODE * (most + 64L);
  }

  private void enter(Cid cid, int reached) {
    depths.put(cid, reached);
    nodes.add(new Walk.Node(cid, graph.kind(cid)));
    next.add(cid);
  }
}
