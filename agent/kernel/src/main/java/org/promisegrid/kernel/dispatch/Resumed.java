package org.promisegrid.kernel.dispatch;

/// What became of a run that another process of this node began.
public sealed interface Resumed {

  /// It has ended, now or meanwhile.
  record Ended(Conclusion conclusion) implements Resumed {}

  /// Its target knows nothing of it, or isn't one of this agent's: nobody will ever tell its end.
  record Gone() implements Resumed {}

  /// Its sandbox was made, and nothing of the workload has executed; the sandbox is closed.
  record Unbegun() implements Resumed {}

  /// The agent ends, or the run was taken back, before its target could be asked.
  record Withdrawn() implements Resumed {}

  /// Its target couldn't be asked just now.
  record Refused(String why) implements Resumed {}
}
