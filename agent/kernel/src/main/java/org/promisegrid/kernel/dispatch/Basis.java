package org.promisegrid.kernel.dispatch;

/// What an [Estimate] rests on.
public enum Basis {
  /// What the driver shipped with.
  ASSUMED("assumed"),
  /// The driver's own sample, run here.
  MEASURED("measured"),
  /// Calls of the same artifact on the same target.
  LEARNED("learned");

  private final String text;

  Basis(String text) {
    this.text = text;
  }

  /// As accounts say it.
  public String text() {
    return text;
  }
}
