package org.promisegrid.cli.client;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Whose certificates are believed where an agent is spoken to over TLS. There is no way not to
/// look.
///
/// @param authorities the only ones; else the system's, as far as there is a list, else Java's
public record Trust(Optional<Path> authorities) {

  /// Where systems keep theirs: Debian, Fedora, SUSE, Alpine and the BSDs.
  private static final List<Path> SYSTEM =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
          Path.of("/etc/ssl/ca-bundle.pem"),
          Path.of("/etc/ssl/cert.pem"));

  public static Trust of(Optional<Path> authorities) {
    return new Trust(authorities);
  }

  /// What a client of HTTPS is made with.
  SSLContext context() {
    Optional<Path> file =
        authorities.or(() -> SYSTEM.stream().filter(Files::isReadable).findFirst());
    try {
      if (file.isEmpty()) {
        return SSLContext.getDefault();
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store(read(file.get())));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw Failure.usage(
              "can't take the certificates of "
                  + file.map(Path::toString).orElse("Java")
                  + ": "
                  + e.getMessage())
          .because(e);
    }
  }

  private static Collection<? extends Certificate> read(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (found.isEmpty()) {
        throw new IOException("there is none in it");
      }
      return found;
    }
  }

  private static KeyStore store(Collection<? extends Certificate> certificates)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int at = 0;
    for (Certificate each : certificates) {
      store.setCertificateEntry(String.valueOf(at++), each);
    }
    return store;
  }
}
