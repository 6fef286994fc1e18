package org.promisegrid.kernel.index;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.promisegrid.kernel.index.Graph.Direction;
import org.promisegrid.kernel.index.Graph.Sight;
import org.promisegrid.kernel.index.Graph.Walk;
import org.promisegrid.sandbox.Cid;

/// One [Graph#walk] in progress, step by step. Each node is entered once, so cycles end, as do
/// hubs: no more rows are looked at than the nodes that may be shown allow.
final class Walking {

  /// Rows that are looked at for each node that may be shown. Hubs have any number of rows.
  private static final int ROWS_PER_NODE = 4;

  /// How many nodes are judged at once: asking for one costs several times as much.
  private static final int JUDGED_AT_ONCE = 256;

  private final Graph graph;
  private final Direction direction;
  private final int depth;
  private final int most;
  private final Sight sight;

  /// From a node that is shown to one that may be.
  private record Step(Cid near, Cid far) {}

  private final Set<Cid> entered = new HashSet<>();
  private final List<Walk.Node> nodes = new ArrayList<>();
  private final Set<Walk.Edge> edges = new LinkedHashSet<>();

  /// What nodes are that were judged: nothing if they aren't in sight.
  private final Map<Cid, String> judged = new HashMap<>();

  private long rows;
  private boolean more;

  Walking(Graph graph, Direction direction, int depth, int most, Sight sight) {
    this.graph = graph;
    this.direction = direction;
    this.depth = depth;
    this.most = most;
    this.sight = sight;
  }

  Walk from(Cid start) {
    enter(start, graph.kind(start));
    List<Cid> next = List.of(start);
    for (int reached = 1; !next.isEmpty() && !isTired(); reached++) {
      next = walk(steps(next), reached);
    }
    return new Walk(nodes, List.copyOf(edges), more);
  }

  private List<Step> steps(List<Cid> nears) {
    List<Step> steps = new ArrayList<>();
    for (Cid near : nears) {
      if (isTired()) {
        break;
      }
      var _ =
          graph.neighbours(
              near,
              direction,
              far -> {
                rows++;
                if (isTired()) {
                  more = true;
                  return false;
                }
                steps.add(new Step(near, far));
                return true;
              });
    }
    return steps;
  }

  /// Returns what was entered.
  private List<Cid> walk(List<Step> steps, int reached) {
    List<Cid> next = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      if (!entered.contains(step.far())) {
        boolean enters = reached <= depth && nodes.size() < most;
        if (!enters && more) {
          continue; // whether there is still more makes no difference
        }
        String kind = judge(steps, i);
        if (kind.isEmpty()) {
          continue;
        }
        if (!enters) {
          more = true;
          // Others of its neighbours may be shown already: their edges still belong here.
          continue;
        }
        enter(step.far(), kind);
        next.add(step.far());
      }
      edges.add(
          direction == Direction.UP
              ? new Walk.Edge(step.far(), step.near())
              : new Walk.Edge(step.near(), step.far()));
    }
    return next;
  }

  /// What the end of a step is, or nothing if it isn't in sight; those of the steps behind it are
  /// judged with it.
  private String judge(List<Step> steps, int at) {
    Cid far = steps.get(at).far();
    if (!judged.containsKey(far)) {
      Set<Cid> some = new LinkedHashSet<>();
      for (int i = at; i < steps.size() && some.size() < JUDGED_AT_ONCE; i++) {
        Cid one = steps.get(i).far();
        if (!entered.contains(one) && !judged.containsKey(one)) {
          some.add(one);
        }
      }
      Map<Cid, String> kinds = graph.kinds(List.copyOf(some));
      Set<Cid> seen = sight.among(kinds);
      kinds.forEach((cid, kind) -> judged.put(cid, seen.contains(cid) ? kind : ""));
    }
    return judged.getOrDefault(far, "");
  }

  private boolean isTired() {
    return rows > ROWS_PER_NODE * (most + 64L);
  }

  private void enter(Cid cid, String kind) {
    entered.add(cid);
    nodes.add(new Walk.Node(cid, kind));
  }
}
