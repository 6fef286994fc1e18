package org.promisegrid.driver.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.SandboxSpec;

/// The driver's own tiny workload: an image without any file. What it runs is the one program that
/// is in each container, the shim, which ends at once when its input does before it was told
/// anything.
final class SampleImage {

  private static final long MIB = 1 << 20;

  private static final String CONFIG =
      """
      {"os":"linux","created":"1970-01-01T00:00:00Z","config":{"Entrypoint":["%s"]},\
      "rootfs":{"type":"layers","diff_ids":[]}}\
      """
          .formatted(ShimVolume.PROGRAM);

  private static final String MANIFEST =
      """
      [{"Config":"config.json","RepoTags":null,"Layers":[]}]\
      """;

  private SampleImage() {}

  static Sample sample() {
    byte[] code = archive();
    SandboxSpec spec =
        new SandboxSpec(
            new Form(DockerDriver.FORM, Cid.of(code)),
            new Limits(Duration.ofSeconds(10), 16 * MIB, 0, 0),
            Isolation.SANDBOX,
            false,
            Map.of());
    return new Sample(code, spec, Invocation.of());
  }

  private static byte[] archive() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      put(tar, "config.json", CONFIG);
      put(tar, "manifest.json", MANIFEST);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  private static void put(TarArchiveOutputStream tar, String name, String text) throws IOException {
    byte[] content = text.getBytes(UTF_8);
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setModTime(0); // the same bytes, and so the same name, every time
    entry.setSize(content.length);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }
}
