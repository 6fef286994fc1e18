package org.promisegrid.cli.tls;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;
import org.promisegrid.kernel.token.PrivateFile;

/// A certificate that its own key signs, with that key, in two files of PEM.
///
/// @param fingerprint sha-256 of the certificate, as browsers and `openssl` show it
public record Certificate(
    Path file, Path key, String fingerprint, Instant until, List<String> names) {

  private static final Pattern DNS =
      Pattern.compile(
          "(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9-]{1,63})*");
  private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final Set<PosixFilePermission> PUBLIC =
      PosixFilePermissions.fromString("rw-r--r--");

  /// Clocks differ.
  private static final Duration AHEAD = Duration.ofHours(1);

  public Certificate {
    names = List.copyOf(names);
  }

  /// Makes one in `folder`, which is made if it isn't there. A key that is there is kept.
  ///
  /// @param more names and addresses, besides this host's own
  /// @throws IllegalArgumentException if one of them is none, or the time is none
  public static Certificate make(
      Path folder, List<String> more, Instant now, Duration life, boolean newKey)
      throws IOException {
    if (life.compareTo(Duration.ofMinutes(1)) < 0 || life.compareTo(Duration.ofDays(3650)) > 0) {
      throw new IllegalArgumentException("a certificate is good for a minute to ten years");
    }
    List<String> names = names(more);
    PrivateFile.makeFolder(folder);
    Path keyFile = folder.resolve("key.pem");
    Path file = folder.resolve("cert.pem");
    try {
      KeyPair pair = newKey || !Files.exists(keyFile) ? generate() : read(keyFile);
      X509Certificate certificate = sign(pair, names, now, life);
      write(keyFile, "PRIVATE KEY", pair.getPrivate().getEncoded());
      write(file, "CERTIFICATE", certificate.getEncoded());
      Files.setPosixFilePermissions(file, PUBLIC);
      return new Certificate(
          file, keyFile, fingerprint(certificate), certificate.getNotAfter().toInstant(), names);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException("can't make a certificate: " + e.getMessage(), e);
    }
  }

  private static List<String> names(List<String> more) {
    Set<String> names = new LinkedHashSet<>();
    for (String name : more) {
      if (!DNS.matcher(name).matches() && !ADDRESS.matcher(name).matches()) {
        throw new IllegalArgumentException("'" + name + "' is no name or address of a host");
      }
      names.add(name);
    }
    String own = hostName();
    if (DNS.matcher(own).matches()) {
      names.add(own);
    }
    names.addAll(List.of("localhost", "127.0.0.1", "::1"));
    return List.copyOf(names);
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException _) {
      return ""; // then it has none
    }
  }

  private static KeyPair generate() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), new SecureRandom());
    return generator.generateKeyPair();
  }

  /// The key of a file, with the public half that belongs to it.
  private static KeyPair read(Path file) throws IOException, GeneralSecurityException {
    Object found;
    try (PEMParser parser = new PEMParser(new StringReader(Files.readString(file)))) {
      found = parser.readObject();
    }
    PrivateKeyInfo info =
        switch (found) {
          case PrivateKeyInfo plain -> plain;
          case PEMKeyPair pair -> pair.getPrivateKeyInfo();
          case null, default -> throw new IOException(file + " holds no key that can be read");
        };
    PrivateKey key =
        KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
    return new KeyPair(publicOf((ECPrivateKey) key), key);
  }

  private static PublicKey publicOf(ECPrivateKey key) throws IOException, GeneralSecurityException {
    var curve = org.bouncycastle.asn1.sec.SECNamedCurves.getByName("secp256r1");
    byte[] point = curve.getG().multiply(key.getS()).normalize().getEncoded(false);
    var info =
        new org.bouncycastle.asn1.x509.SubjectPublicKeyInfo(
            new org.bouncycastle.asn1.x509.AlgorithmIdentifier(
                org.bouncycastle.asn1.x9.X9ObjectIdentifiers.id_ecPublicKey,
                org.bouncycastle.asn1.sec.SECObjectIdentifiers.secp256r1),
            point);
    return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(info.getEncoded()));
  }

  private static X509Certificate sign(KeyPair pair, List<String> names, Instant now, Duration life)
      throws IOException, GeneralSecurityException, OperatorCreationException {
    X500Name subject = new X500Name("CN=PromiseGrid agent");
    List<GeneralName> all = new ArrayList<>();
    for (String name : names) {
      all.add(
          new GeneralName(
              ADDRESS.matcher(name).matches() ? GeneralName.iPAddress : GeneralName.dNSName, name));
    }
    Instant from = now.truncatedTo(ChronoUnit.SECONDS);
    var builder =
        new JcaX509v3CertificateBuilder(
                subject,
                new BigInteger(127, new SecureRandom()).add(BigInteger.ONE),
                Date.from(from.minus(AHEAD)),
                Date.from(from.plus(life)),
                subject,
                pair.getPublic())
            // It is its own issuer, for clients that are given it to trust.
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
            .addExtension(
                Extension.keyUsage,
                true,
                new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign))
            .addExtension(
                Extension.extendedKeyUsage,
                false,
                new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
            .addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(all.toArray(new GeneralName[0])));
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
  }

  private static String fingerprint(X509Certificate certificate) throws GeneralSecurityException {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
    return "sha256:" + HexFormat.ofDelimiter(":").withUpperCase().formatHex(hash);
  }

  private static void write(Path file, String type, byte[] bytes) throws IOException {
    StringWriter text = new StringWriter();
    try (PemWriter writer = new PemWriter(text)) {
      writer.writeObject(new PemObject(type, bytes));
    }
    PrivateFile.write(file, text.toString().getBytes(StandardCharsets.US_ASCII));
  }
}
