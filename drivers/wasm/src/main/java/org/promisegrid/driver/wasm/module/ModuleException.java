package org.promisegrid.driver.wasm.module;

/// A module that is malformed, or asks for something that is not granted here.
public final class ModuleException extends Exception {

  private static final long serialVersionUID = 1;

  public ModuleException(String message) {
    super(message);
  }

  public ModuleException(String message, Throwable cause) {
    super(message, cause);
  }
}
