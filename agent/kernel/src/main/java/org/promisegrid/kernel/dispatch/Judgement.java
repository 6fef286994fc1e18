package org.promisegrid.kernel.dispatch;

import java.util.OptionalInt;
import java.util.Set;
import org.promisegrid.sandbox.Outcome;

/// Whether a run kept the function's promise, and if not, who broke it by what.
///
/// @param by whose doing the end was
/// @param code the exit code, where there is one
public record Judgement(boolean kept, By by, What what, OptionalInt code) {

  /// Whose doing.
  public enum By {
    FUNCTION,
    DRIVER,
    CALLER
  }

  /// What ended the run.
  public enum What {
    /// It ended by itself.
    EXIT,
    /// It crossed its limit of time.
    TIME,
    /// It crossed its limit of memory.
    MEMORY,
    /// It crossed its limit of output.
    OUTPUT,
    /// A trap, a fatal signal, a panic.
    FAULT,
    /// Its caller took it back.
    CANCELLED,
    /// Someone stopped it.
    STOPPED,
    /// Contact was lost after the start.
    LOST
  }

  /// Judges how a run ended.
  ///
  /// @param keeping exit codes that keep the promise
  /// @param cancelled whether the caller had taken it back
  static Judgement of(Outcome outcome, Set<Integer> keeping, boolean cancelled) {
    return switch (outcome) {
      case Outcome.Exited(int code) ->
          new Judgement(keeping.contains(code), By.FUNCTION, What.EXIT, OptionalInt.of(code));
      case Outcome.Exceeded(var limit) ->
          broken(
              By.FUNCTION,
              switch (limit) {
                case TIME -> What.TIME;
                case MEMORY -> What.MEMORY;
                case OUTPUT -> What.OUTPUT;
              });
      case Outcome.Faulted(String reason) -> broken(By.FUNCTION, What.FAULT);
      case Outcome.Stopped() -> broken(By.CALLER, cancelled ? What.CANCELLED : What.STOPPED);
      case Outcome.Lost(String why) -> broken(By.DRIVER, What.LOST);
    };
  }

  private static Judgement broken(By by, What what) {
    return new Judgement(false, by, what, OptionalInt.empty());
  }
}
