package org.promisegrid.cli.doctor;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.text.Spans;

/// The certificate that an agent shows to other hosts, where one was made.
public final class Tls {

  /// Who renews it by hand wants to know in time.
  private static final Duration SOON = Duration.ofDays(30);

  private static final Set<PosixFilePermission> OTHERS =
      PosixFilePermissions.fromString("---rwxrwx");

  private Tls() {}

  /// All there is to say of it; nothing, where there is none.
  public static List<Finding> look(Path home, Instant now) {
    Path file = home.resolve("tls").resolve("cert.pem");
    Path key = home.resolve("tls").resolve("key.pem");
    if (!Files.exists(file)) {
      return List.of();
    }
    try (InputStream in = Files.newInputStream(file)) {
      if (Files.exists(key) && !Collections.disjoint(Files.getPosixFilePermissions(key), OTHERS)) {
        return List.of(
            Finding.wrong(
                "certificate",
                key + " can be used by others",
                "consider that key known: `grid cert --new-key` makes another"));
      }
      X509Certificate certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      return List.of(until(file, certificate.getNotAfter().toInstant(), now));
    } catch (CertificateException e) {
      return List.of(
          Finding.wrong(
              "certificate", file + " holds none: " + e.getMessage(), "`grid cert` makes one"));
    } catch (IOException e) {
      throw Failure.agent("can't look at " + file + ": " + e.getMessage()).because(e);
    }
  }

  private static Finding until(Path file, Instant end, Instant now) {
    String says = file + " is good until " + end;
    if (!now.isBefore(end)) {
      return Finding.wrong(
          "certificate", file + " ended at " + end, "`grid cert` makes another for the same key");
    }
    Duration left = Duration.between(now, end);
    return left.compareTo(SOON) < 0
        ? Finding.note(
            "certificate",
            says + ", for " + Spans.text(left) + " more",
            "`grid cert` makes another for the same key")
        : Finding.good("certificate", says);
  }
}
