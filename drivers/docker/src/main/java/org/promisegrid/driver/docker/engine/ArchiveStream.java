package org.promisegrid.driver.docker.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipEncoding;
import org.apache.commons.compress.archivers.zip.ZipEncodingHelper;

/// Files as an archive that an engine unpacks, read as it is sent: none of it is held.
public final class ArchiveStream extends InputStream {

  private static final int BLOCK = TarConstants.DEFAULT_RCDSIZE;

  /// What a header has room for; what is longer stands before it.
  private static final int LONGEST_NAME = TarConstants.NAMELEN;

  private static final ZipEncoding NAMES = ZipEncodingHelper.getZipEncoding("UTF-8");

  /// A part of it.
  @FunctionalInterface
  public interface Opening {
    InputStream open() throws IOException;
  }

  /// What stands in it by name.
  ///
  /// @param kind a file, a folder or a symbolic link, as `tar` has them
  /// @param user whose it is, and `group`'s
  /// @param size how many bytes `content` has
  /// @param target where a link leads
  public record Entry(
      byte kind,
      String name,
      int mode,
      long user,
      long group,
      long size,
      String target,
      Opening content) {

    /// A file.
    public static Entry file(
        String name, int mode, long user, long group, long size, Opening content) {
      return new Entry(TarConstants.LF_NORMAL, name, mode, user, group, size, "", content);
    }

    /// Root's.
    public static Entry folder(String name, int mode) {
      return new Entry(
          TarConstants.LF_DIR, name + "/", mode, 0, 0, 0, "", InputStream::nullInputStream);
    }

    /// Root's.
    public static Entry link(String name, String target) {
      return new Entry(
          TarConstants.LF_SYMLINK, name, 0777, 0, 0, 0, target, InputStream::nullInputStream);
    }
  }

  private final Deque<Opening> parts = new ArrayDeque<>();
  private InputStream current = InputStream.nullInputStream();
  private volatile boolean closed;

  public ArchiveStream(List<Entry> entries) {
    for (Entry entry : entries) {
      parts.add(() -> new ByteArrayInputStream(header(entry)));
      parts.add(entry.content());
      parts.add(() -> zeros(padding(entry.size())));
    }
    parts.add(() -> zeros(2 * BLOCK));
  }

  private static int padding(long size) {
    return (int) ((BLOCK - size % BLOCK) % BLOCK);
  }

  private static byte[] header(Entry entry) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] more = more(entry);
    if (more.length > 0) {
      all.write(
          block(
              new Entry(
                  TarConstants.LF_PAX_EXTENDED_HEADER_LC,
                  "more",
                  0644,
                  0,
                  0,
                  more.length,
                  "",
                  InputStream::nullInputStream)));
      all.write(more);
      all.write(new byte[padding(more.length)]);
    }
    all.write(block(entry));
    return all.toByteArray();
  }

  /// What doesn't fit into a header, as records of length, key and value.
  private static byte[] more(Entry entry) {
    return (record("path", entry.name()) + record("linkpath", entry.target())).getBytes(UTF_8);
  }

  private static String record(String key, String value) {
    int bytes = value.getBytes(UTF_8).length;
    if (bytes <= LONGEST_NAME) {
      return "";
    }
    int rest = 1 + key.length() + 1 + bytes + 1; // blank, equals sign, end of line
    int length = rest + Integer.toString(rest).length();
    length = rest + Integer.toString(length).length(); // its own digits count, too
    return length + " " + key + "=" + value + "\n";
  }

  private static byte[] block(Entry entry) throws IOException {
    TarArchiveEntry header = new TarArchiveEntry(entry.name(), entry.kind());
    header.setMode(entry.mode());
    header.setUserId(entry.user());
    header.setGroupId(entry.group());
    header.setSize(entry.size());
    header.setModTime(0);
    header.setLinkName(entry.target());
    byte[] block = new byte[BLOCK];
    header.writeEntryHeader(block, NAMES, true);
    return block;
  }

  private static InputStream zeros(int count) {
    return new ByteArrayInputStream(new byte[count]);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (true) {
      if (closed) { // its end is nothing that an engine may take for all of it
        throw new IOException("the archive was closed");
      }
      int read = current.read(bytes, offset, length);
      if (read >= 0) {
        return read;
      }
      current.close();
      Opening next = parts.poll();
      if (next == null) {
        current = InputStream.nullInputStream();
        return -1;
      }
      current = next.open();
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    current.close();
  }
}
