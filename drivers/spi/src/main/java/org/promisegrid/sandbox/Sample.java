package org.promisegrid.sandbox;

import java.util.Arrays;

/// A driver's own tiny workload, which the agent runs in the background to learn what a call costs.
public final class Sample {

  private final byte[] code;
  private final SandboxSpec spec;
  private final Invocation invocation;

  /// @param code the content that `spec.form().code()` names; it needs no input and exits 0
  public Sample(byte[] code, SandboxSpec spec, Invocation invocation) {
    if (!spec.form().code().names(code)) {
      throw new IllegalArgumentException("a sample's spec names its code");
    }
    this.code = Arrays.copyOf(code, code.length);
    this.spec = spec;
    this.invocation = invocation;
  }

  /// The code's bytes; a copy.
  public byte[] code() {
    return code.clone();
  }

  public SandboxSpec spec() {
    return spec;
  }

  public Invocation invocation() {
    return invocation;
  }
}
