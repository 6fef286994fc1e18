package org.promisegrid.kernel.trespass;

import io.quarkus.arc.Arc;
import org.promisegrid.sandbox.SandboxDriverFactory;

/// Does what the kernel may not: FencesTest must notice.
interface KernelTrespasser {
  SandboxDriverFactory ownFactory();

  static boolean looksAtTheFramework() {
    return Arc.container().isRunning();
  }
}
