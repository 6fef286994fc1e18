package org.promisegrid.driver.docker;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.Secrets;
import org.promisegrid.shim.Command;
import org.promisegrid.shim.SecretFile;

/// The secrets of one sandbox, in memory until it is closed.
final class SecretBytes {

  private final Map<String, byte[]> byFile;

  private SecretBytes(Map<String, byte[]> byFile) {
    this.byFile = byFile;
  }

  static SecretBytes none() {
    return new SecretBytes(Map.of());
  }

  /// @throws DriverException `BROKEN` if one can't be read
  static SecretBytes read(SandboxId id, Terms terms, Secrets secrets) throws InterruptedException {
    Map<String, byte[]> byFile = new HashMap<>();
    for (Map.Entry<String, String> file : SecretPlaces.of(terms).files().entrySet()) {
      try {
        byFile.put(file.getValue(), secrets.read(nameAt(terms, file.getKey())));
      } catch (InterruptedIOException _) {
        Thread.interrupted(); // the exception says it from here on
        throw new InterruptedException("reading the secrets of sandbox " + id);
      } catch (IOException e) {
        throw new DriverException(
            Kind.BROKEN, "reading the secrets of sandbox " + id + ": " + e.getMessage(), e);
      }
    }
    return new SecretBytes(byFile);
  }

  private static String nameAt(Terms terms, String path) throws IOException {
    String name = terms.secrets().get(path);
    if (name == null) {
      throw new IOException("no secret for " + path);
    }
    return name;
  }

  /// As the shim is to write them.
  List<SecretFile> files(Command.User reader) {
    List<SecretFile> files = new ArrayList<>();
    byFile.forEach(
        (path, secret) -> files.add(new SecretFile(path, java.util.Optional.of(reader), secret)));
    return files;
  }

  /// Overwrites them.
  void wipe() {
    byFile.values().forEach(secret -> Arrays.fill(secret, (byte) 0));
  }
}
