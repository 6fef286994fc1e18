package org.promisegrid.shim;

import java.io.IOException;

/// A shim that couldn't be spoken with: it said nothing in time, its line ended, or it broke the
/// protocol. Nothing of the workload has executed.
public class ShimException extends IOException {

  private static final long serialVersionUID = 1;

  public ShimException(String message) {
    super(message);
  }
}
