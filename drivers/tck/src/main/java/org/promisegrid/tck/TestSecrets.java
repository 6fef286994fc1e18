package org.promisegrid.tck;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.promisegrid.sandbox.Secrets;

/// Secrets that a test lends a driver.
public final class TestSecrets implements Secrets {

  private final Map<String, byte[]> held = new ConcurrentHashMap<>();

  /// Keeps a copy of `secret` under a name.
  public void put(String name, byte[] secret) {
    held.put(name, secret.clone());
  }

  @Override
  public byte[] read(String name) throws IOException {
    byte[] secret = held.get(name);
    if (secret == null) {
      throw new FileNotFoundException("no secret " + name);
    }
    return secret.clone();
  }
}
