package org.promisegrid.kernel.dispatch;

import org.promisegrid.kernel.message.Item;

/// What one call costs, in micro-units of the node's own credit, broken down.
///
/// @param cpu for processor time
/// @param memory for memory held
/// @param moved for bytes brought to the target
/// @param waited for the time that the caller waits
public record Price(long cpu, long memory, long moved, long waited) {

  public Price {
    if (cpu < 0 || memory < 0 || moved < 0 || waited < 0) {
      throw new IllegalArgumentException("a price isn't negative");
    }
  }

  /// All parts together; `Long.MAX_VALUE` where they are more than that.
  public long total() {
    return Exact.add(Exact.add(cpu, memory), Exact.add(moved, waited));
  }

  /// The parts, by name.
  Item.Table parts() {
    return Item.table()
        .put("cpu", cpu)
        .put("memory", memory)
        .put("moved", moved)
        .put("waited", waited)
        .build();
  }
}
