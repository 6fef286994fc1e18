package org.promisegrid.kernel.dispatch;

import java.time.Duration;
import java.time.Instant;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Usage;

/// How one run ended: what a receipt is made of.
///
/// @param bid what was taken; its price is what the caller is charged
/// @param outcome as the driver told it, corrected by what the agent saw
/// @param started when the workload was started
/// @param setup from the order to the start
/// @param run from the start to the end
/// @param output bytes that reached [Sinks#out]
public record Conclusion(
    Bid bid,
    Judgement judgement,
    Outcome outcome,
    Usage usage,
    Purity purity,
    Instant started,
    Duration setup,
    Duration run,
    long output,
    Log log) {

  /// How much a result can be trusted to depend on arguments and input alone.
  public enum Purity {
    /// The driver made it so.
    ENFORCED,
    /// The function's author says so.
    PROMISED,
    /// Nobody says so.
    NONE
  }

  /// What is left of standard error.
  ///
  /// @param tail its last bytes, also where the limit was crossed
  /// @param written bytes in all
  /// @param complete whether all of it reached [Sinks#log]
  public record Log(Item.Bytes tail, long written, boolean complete) {}
}
