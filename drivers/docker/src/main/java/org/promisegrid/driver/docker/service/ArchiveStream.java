package org.promisegrid.driver.docker.service;

import java.io.ByteArrayInputStream;
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
final class ArchiveStream extends InputStream {

  private static final int BLOCK = TarConstants.DEFAULT_RCDSIZE;

  private static final ZipEncoding NAMES = ZipEncodingHelper.getZipEncoding("UTF-8");

  /// A part of it.
  @FunctionalInterface
  interface Opening {
    InputStream open() throws IOException;
  }

  /// A file.
  ///
  /// @param size how many bytes `content` has
  record Entry(String name, int mode, FileOwner owner, long size, Opening content) {}

  private final Deque<Opening> parts = new ArrayDeque<>();
  private InputStream current = InputStream.nullInputStream();

  ArchiveStream(List<Entry> entries) {
    for (Entry entry : entries) {
      parts.add(() -> new ByteArrayInputStream(header(entry)));
      parts.add(entry.content());
      parts.add(() -> zeros((int) ((BLOCK - entry.size() % BLOCK) % BLOCK)));
    }
    parts.add(() -> zeros(2 * BLOCK));
  }

  private static byte[] header(Entry entry) throws IOException {
    TarArchiveEntry header = new TarArchiveEntry(entry.name());
    header.setMode(entry.mode());
    header.setUserId(entry.owner().user());
    header.setGroupId(entry.owner().group());
    header.setSize(entry.size());
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
    parts.clear();
    current.close();
  }
}
