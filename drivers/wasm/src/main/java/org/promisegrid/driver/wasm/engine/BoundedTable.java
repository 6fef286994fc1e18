package org.promisegrid.driver.wasm.engine;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.TableFactory;
import com.dylibso.chicory.runtime.TableInstance;
import com.dylibso.chicory.wasm.types.Table;
import com.dylibso.chicory.wasm.types.TableLimits;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;

/// A table whose growth counts as memory.
///
/// It works on a copy of the module's description: the engine writes growth into that description,
/// so that one run would change what the next finds.
final class BoundedTable extends TableInstance {

  private final Budget budget;

  private BoundedTable(Table table, int initialValue, Budget budget) {
    super(table, initialValue);
    this.budget = budget;
  }

  @Override
  public int grow(int count, int value, Instance instance) {
    long added = Integer.toUnsignedLong(count);
    if (size() + added > limits().max()) {
      return -1;
    }
    budget.take(added);
    // While it is copied, it is there twice.
    budget.surroundings.hold(0, size() * (long) Budget.ENTRY);
    int before = super.grow(count, value, instance);
    budget.surroundings.release(before * (long) Budget.ENTRY);
    return before;
  }

  /// Makes the tables of one run, which together hold at most what its memory limit allows.
  static final class Budget implements TableFactory {

    /// Bytes the engine holds for each entry: an index and a reference.
    private static final int ENTRY = 8;

    private final Surroundings surroundings;
    private long taken;

    Budget(Surroundings surroundings) {
      this.surroundings = surroundings;
    }

    @Override
    public TableInstance create(Table table, int initialValue) {
      TableLimits limits = table.limits();
      take(limits.min());
      Table copy =
          new Table(
              table.elementType(), new TableLimits(limits.min(), limits.max()), table.initialize());
      return new BoundedTable(copy, initialValue, this);
    }

    private void take(long entries) {
      taken += entries * ENTRY;
      if (taken > surroundings.memoryLimit()) {
        throw new RunEndedException(new Outcome.Exceeded(Limit.MEMORY));
      }
      surroundings.hold(entries * ENTRY, entries * ENTRY);
    }
  }
}
