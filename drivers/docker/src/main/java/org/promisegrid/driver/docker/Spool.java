package org.promisegrid.driver.docker;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.shim.Exit;

/// What a container's shim has kept of its run, told by the engine whether or not it runs.
final class Spool {

  /// Where it lies in every container.
  static final String FOLDER = "/.grid/spool";

  private final Engine engine;

  Spool(Engine engine) {
    this.engine = engine;
  }

  /// What a run came to; empty as long as it isn't over, and where its shim ended before it was.
  Optional<Exit> exit(String container) throws InterruptedException {
    String doing = "looking how container " + container + " ended";
    return engine
        .find(
            doing,
            client -> {
              try (InputStream in =
                  open(client.copyArchiveFromContainerCmd(container, FOLDER + "/exit").exec())) {
                return in.readNBytes(Exit.SIZE + 1);
              }
            })
        .map(body -> {
          try {
            return Exit.of(body);
          } catch (IOException e) {
            throw new DriverException(Kind.BROKEN, doing + ": " + e.getMessage(), e);
          }
        });
  }

  /// Whether the shim was told to run anything.
  boolean begun(String container) throws InterruptedException {
    return engine
        .find(
            "looking whether container " + container + " began",
            client -> {
              try (InputStream out =
                  client.copyArchiveFromContainerCmd(container, FOLDER + "/out").exec()) {
                return out.read() >= 0;
              }
            })
        .orElse(false);
  }

  /// Writes a stream of the run from an offset on, as much as there is but no more than `most`.
  void copy(String container, String stream, long from, long most, OutputStream to)
      throws InterruptedException, IOException {
    Optional<InputStream> kept =
        engine.find(
            "reading what container " + container + " wrote",
            client -> client.copyArchiveFromContainerCmd(container, FOLDER + "/" + stream).exec());
    if (kept.isEmpty()) {
      return;
    }
    try (InputStream in = open(kept.get())) {
      in.skipNBytes(from);
      byte[] piece = new byte[32 << 10];
      for (long left = most; left > 0; ) {
        int read = in.read(piece, 0, (int) Math.min(piece.length, left));
        if (read < 0) {
          return;
        }
        to.write(piece, 0, read);
        left -= read;
      }
    } catch (EOFException _) {
      // There is less than that: nothing is to be written.
    }
  }

  /// The one file in an engine's archive.
  private static InputStream open(InputStream archive) throws IOException {
    TarArchiveInputStream tar = new TarArchiveInputStream(archive);
    @Nullable TarArchiveEntry entry = tar.getNextEntry();
    if (entry == null || !entry.isFile()) {
      tar.close();
      throw new IOException("the engine gave no file");
    }
    return tar;
  }
}
