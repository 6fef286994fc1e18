package org.promisegrid.kernel.secret;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A secret that isn't on the disk as it was put: changed, exchanged, taken back to an earlier
/// version, or gone. Putting it again heals it.
public final class DamagedSecretException extends IOException {

  private static final long serialVersionUID = 1;

  DamagedSecretException(String name, String why, @Nullable Throwable cause) {
    super("the secret " + name + " is damaged: " + why, cause);
  }
}
