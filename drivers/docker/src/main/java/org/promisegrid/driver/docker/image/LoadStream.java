package org.promisegrid.driver.docker.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipEncodingHelper;
import org.jspecify.annotations.Nullable;

/// An archive as the engine is to have it, made anew while it is read: the configuration, the
/// layers and a manifest under names of our own, with the tag that it is to have. Nothing else of
/// what the original holds, such as tags that would take the place of others', reaches the engine.
///
/// Its end comes only once the original was read to its own, which verifies it.
final class LoadStream extends InputStream {

  private static final int BLOCK = 512;

  private final InputStream content;
  private final TarArchiveInputStream tar;
  private final Map<String, String> layers = new HashMap<>();

  // The reader's thread alone.
  private InputStream piece;
  private boolean over;

  // Guarded by this.
  private @Nullable Thread reader;
  private boolean cancelled;
  private @Nullable IOException failure;

  /// @param content the archive again, from its beginning; not closed
  /// @param reference the tag
  LoadStream(InputStream content, ImageOutline outline, String reference) {
    this.content = content;
    this.tar = new TarArchiveInputStream(content);
    for (String layer : outline.layers()) {
      layers.putIfAbsent(layer, layers.size() + ".tar");
    }
    String names =
        outline.layers().stream()
            .map(layer -> '"' + Objects.requireNonNull(layers.get(layer)) + '"')
            .collect(Collectors.joining(","));
    byte[] manifest =
        ("[{\"Config\":\"config.json\",\"RepoTags\":[\""
                + reference
                + "\"],\"Layers\":["
                + names
                + "]}]")
            .getBytes(UTF_8);
    byte[] config = outline.config();
    this.piece =
        new SequenceInputStream(entry("config.json", config), entry("manifest.json", manifest));
  }

  private static InputStream entry(String name, byte[] bytes) {
    return new SequenceInputStream(
        new ByteArrayInputStream(header(name, bytes.length)),
        new SequenceInputStream(
            new ByteArrayInputStream(bytes), new ByteArrayInputStream(padding(bytes.length))));
  }

  private static byte[] header(String name, long size) {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(size);
    byte[] header = new byte[BLOCK];
    try {
      entry.writeEntryHeader(header, ZipEncodingHelper.getZipEncoding(UTF_8), true);
    } catch (IOException e) {
      throw new IllegalStateException("a name of our own can't be written", e);
    }
    return header;
  }

  private static byte[] padding(long size) {
    return new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)];
  }

  /// Makes whoever reads fail, now or next.
  synchronized void cancel() {
    cancelled = true;
    if (reader != null) {
      reader.interrupt();
    }
  }

  /// Why the original couldn't be read, if that is what went wrong.
  synchronized @Nullable IOException failure() {
    return failure;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0) {
      return 0;
    }
    begin();
    try {
      int read = piece.read(into, offset, length);
      while (read < 0 && !over) {
        piece = next();
        read = piece.read(into, offset, length);
      }
      return read;
    } catch (IOException e) {
      fail(e);
      throw e;
    } finally {
      end();
    }
  }

  /// The next layer, or the archive's end.
  private InputStream next() throws IOException {
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      String name =
          OutlineReader.isFile(entry) ? layers.remove(OutlineReader.plain(entry.getName())) : null;
      if (name != null) {
        return new SequenceInputStream(
            new ByteArrayInputStream(header(name, entry.getSize())),
            new SequenceInputStream(
                new Rest(tar), new ByteArrayInputStream(padding(entry.getSize()))));
      }
    }
    content.transferTo(OutputStream.nullOutputStream());
    over = true;
    return new ByteArrayInputStream(new byte[2 * BLOCK]);
  }

  private synchronized void begin() throws IOException {
    if (cancelled) {
      throw new InterruptedIOException("cancelled");
    }
    reader = Thread.currentThread();
  }

  private synchronized void end() {
    reader = null;
  }

  private synchronized void fail(IOException e) {
    if (failure == null) {
      failure = e;
    }
  }

  /// The entry that the archive's reader is in; it isn't closed with it.
  private static final class Rest extends InputStream {

    private final TarArchiveInputStream tar;

    Rest(TarArchiveInputStream tar) {
      this.tar = tar;
    }

    @Override
    public int read() throws IOException {
      return tar.read();
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      return tar.read(into, offset, length);
    }
  }
}
