package org.promisegrid.kernel.ledger;

import java.time.Duration;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Limits;

/// The limits of one run, as the journal has them.
final class RunLimits {

  private RunLimits() {}

  static Item.Table item(Limits limits) {
    return Item.table()
        .put("time", Math.max(1, limits.time().toMillis()))
        .put("memory", limits.memory())
        .put("output", limits.output())
        .put("log", limits.log())
        .build();
  }

  static Limits of(Item.Table table) throws MalformedException {
    Fields fields = Fields.of(table, "limits");
    return new Limits(
        Duration.ofMillis(fields.requiredNumber("time", 1, Long.MAX_VALUE)),
        fields.requiredNumber("memory", 0, Long.MAX_VALUE),
        fields.requiredNumber("output", 0, Long.MAX_VALUE),
        fields.requiredNumber("log", 0, Long.MAX_VALUE));
  }
}
