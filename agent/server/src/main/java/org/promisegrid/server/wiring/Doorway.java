package org.promisegrid.server.wiring;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Where HTTP is listened at, and whether it is encrypted: beyond this host it must be.
///
/// @param tls there, if it is
record Doorway(String host, int port, Optional<Pem> tls) {

  /// Where `grid cert` puts what it makes, in the home.
  private static final String FOLDER = "tls";

  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.complementOf(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));

  /// A certificate with its key, in two files.
  record Pem(Path certificate, Path key) {}

  /// What the options ask for.
  ///
  /// @throws StartException if it would show tokens to the network
  static Doorway of(Options options) {
    Optional<Pem> chosen = chosen(options);
    boolean local = isLoopback(options.host());
    Optional<Pem> tls = chosen.isPresent() || local ? chosen : made(options.home());
    if (tls.isEmpty() && !local) {
      throw new StartException(
          "listening at "
              + options.host()
              + " would show tokens to the network. Without TLS only an address of this host will"
              + " do, such as 127.0.0.1; `grid cert` makes a certificate",
          null);
    }
    tls.ifPresent(Doorway::check);
    return new Doorway(options.host(), options.port(), tls);
  }

  private static Optional<Pem> chosen(Options options) {
    String certificate = options.text(Option.CERTIFICATE);
    String key = options.text(Option.KEY);
    if (certificate.isEmpty() != key.isEmpty()) {
      throw new StartException(
          Option.CERTIFICATE.title() + " and " + Option.KEY.title() + " go together", null);
    }
    return certificate.isEmpty()
        ? Optional.empty()
        : Optional.of(new Pem(options.home().resolve(certificate), options.home().resolve(key)));
  }

  private static Optional<Pem> made(Path home) {
    Pem pem =
        new Pem(home.resolve(FOLDER).resolve("cert.pem"), home.resolve(FOLDER).resolve("key.pem"));
    return Files.exists(pem.certificate()) && Files.exists(pem.key())
        ? Optional.of(pem)
        : Optional.empty();
  }

  private static void check(Pem pem) {
    for (Path file : new Path[] {pem.certificate(), pem.key()}) {
      if (!Files.isReadable(file)) {
        throw new StartException("the file " + file + " can't be read", null);
      }
    }
    try {
      Set<PosixFilePermission> others = EnumSet.copyOf(OTHERS);
      others.retainAll(Files.getPosixFilePermissions(pem.key()));
      if (!others.isEmpty()) {
        throw new StartException(
            "others can use the key " + pem.key() + ": `chmod 600` keeps them out", null);
      }
    } catch (IOException e) {
      throw new StartException("the file " + pem.key() + " can't be looked at", e);
    }
  }

  static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException _) {
      return false;
    }
  }

  /// As Quarkus is told of it.
  Map<String, String> properties(Options options) {
    Map<String, String> told = new LinkedHashMap<>();
    told.put("quarkus.http.host", host);
    told.put("quarkus.http.port", String.valueOf(port));
    tls.ifPresent(pem -> {
      told.put("quarkus.http.ssl-port", String.valueOf(port));
      told.put("quarkus.http.insecure-requests", "disabled");
      told.put("quarkus.http.tls-configuration-name", "grid");
      told.put("quarkus.tls.grid.key-store.pem.0.cert", pem.certificate().toString());
      told.put("quarkus.tls.grid.key-store.pem.0.key", pem.key().toString());
      // A renewed certificate is taken up without a restart.
      told.put(
          "quarkus.tls.grid.reload-period",
          Math.max(1, options.time(Option.RELOAD).toSeconds()) + "s");
    });
    return told;
  }
}
