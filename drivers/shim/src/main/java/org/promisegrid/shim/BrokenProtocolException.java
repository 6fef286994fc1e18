package org.promisegrid.shim;

import java.io.IOException;

/// Something that a shim never says.
public final class BrokenProtocolException extends IOException {

  private static final long serialVersionUID = 1;

  public BrokenProtocolException(String message) {
    super(message);
  }
}
