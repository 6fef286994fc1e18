package org.promisegrid.sandbox;

import java.io.IOException;

/// Thrown by [Stdio#out] when the workload has written more than [Limits#output] bytes.
public final class OutputExceededException extends IOException {

  private static final long serialVersionUID = 1;

  public OutputExceededException(long limit) {
    super("output limit of " + limit + " bytes crossed");
  }
}
