package org.promisegrid.cli.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CertificateTest {

  private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

  @TempDir Path home;

  private Certificate make(List<String> names, boolean newKey) throws Exception {
    return Certificate.make(home.resolve("tls"), names, NOW, Duration.ofDays(90), newKey);
  }

  private static X509Certificate read(Certificate made) throws Exception {
    try (InputStream in = Files.newInputStream(made.file())) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  @Test
  void itNamesTheHostAndIsSignedByItsOwnKey() throws Exception {
    Certificate made = make(List.of("grid.example", "192.0.2.7", "2001:db8::1"), false);
    X509Certificate certificate = read(made);

    certificate.verify(certificate.getPublicKey());
    certificate.checkValidity(java.util.Date.from(NOW));
    assertThat(certificate.getNotAfter().toInstant()).isEqualTo(made.until());
    assertThat(made.until()).isEqualTo(NOW.plus(Duration.ofDays(90)));
    assertThat(certificate.getSubjectAlternativeNames().stream().map(it -> (Object) it.get(1)))
        .contains("grid.example", "192.0.2.7", "localhost", "127.0.0.1");
    assertThat(made.fingerprint()).matches("sha256:([0-9A-F]{2}:){31}[0-9A-F]{2}");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made.key())))
        .isEqualTo("rw-------");
    assertThat(home.resolve("tls")).isDirectoryContaining("glob:**.pem");
    try (var files = Files.list(home.resolve("tls"))) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void theKeyIsKeptUnlessANewOneIsAskedFor() throws Exception {
    X509Certificate first = read(make(List.of(), false));
    X509Certificate second = read(make(List.of("again.example"), false));
    X509Certificate third = read(make(List.of(), true));

    second.verify(first.getPublicKey());
    assertThat(second.getPublicKey()).isEqualTo(first.getPublicKey());
    assertThat(second.getSerialNumber()).isNotEqualTo(first.getSerialNumber());
    assertThat(third.getPublicKey()).isNotEqualTo(first.getPublicKey());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "-x", "http://x", "x/../y", "*"})
  void whatIsNoNameIsRefused(String name) {
    assertThatThrownBy(() -> make(List.of(name), false))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(home.resolve("tls")).doesNotExist();
  }

  @Test
  void aKeyThatIsNoneIsTold() throws Exception {
    var _ = make(List.of(), false);
    Files.writeString(home.resolve("tls/key.pem"), "nonsense");

    assertThatThrownBy(() -> make(List.of(), false))
        .hasMessageContaining("key.pem holds no key that can be read");
  }
}
