package org.promisegrid.driver.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/// A tar archive that is written entry by entry, hostile ones too: no name is looked at, and a
/// header may promise bytes that never come. The same entries give the same bytes.
public final class TarBytes {

  private static final int BLOCK = 512;

  /// Where a header's own checksum stands, which counts as blanks for it.
  private static final int CHECKSUM = 148;

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  public TarBytes directory(String name, int mode) {
    return entry('5', name, mode, "", new byte[0]);
  }

  public TarBytes file(String name, int mode, byte[] content) {
    return entry('0', name, mode, "", content);
  }

  public TarBytes symbolicLink(String name, String to) {
    return entry('2', name, 0777, to, new byte[0]);
  }

  public TarBytes hardLink(String name, String to) {
    return entry('1', name, 0644, to, new byte[0]);
  }

  public TarBytes characterDevice(String name) {
    return entry('3', name, 0666, "", new byte[0]);
  }

  /// A header without what it promises.
  public TarBytes header(char type, String name, long size) {
    written.writeBytes(head(type, name, 0644, "", size));
    return this;
  }

  private TarBytes entry(char type, String name, int mode, String to, byte[] content) {
    written.writeBytes(head(type, name, mode, to, content.length));
    written.writeBytes(content);
    written.writeBytes(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
    return this;
  }

  /// As it stands, without the end that an archive has.
  public byte[] unfinished() {
    return written.toByteArray();
  }

  /// The whole archive.
  public byte[] bytes() {
    byte[] entries = written.toByteArray();
    return Arrays.copyOf(entries, entries.length + 2 * BLOCK);
  }

  private static byte[] head(char type, String name, int mode, String to, long size) {
    byte[] head = new byte[BLOCK];
    text(head, 0, 100, name);
    text(head, 100, 8, "%07o".formatted(mode));
    text(head, 108, 8, "0000000");
    text(head, 116, 8, "0000000");
    text(head, 124, 12, "%011o".formatted(size));
    text(head, 136, 12, "00000000000");
    text(head, CHECKSUM, 8, "        ");
    head[156] = (byte) type;
    text(head, 157, 100, to);
    text(head, 257, 8, "ustar\00000");
    text(head, 329, 8, type == '3' ? "0000001" : "0000000");
    text(head, 337, 8, type == '3' ? "0000003" : "0000000");
    int sum = 0;
    for (byte each : head) {
      sum += each & 0xff;
    }
    text(head, CHECKSUM, 8, "%06o\0 ".formatted(sum));
    return head;
  }

  private static void text(byte[] head, int at, int room, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    if (bytes.length > room) {
      throw new IllegalArgumentException(text + " is longer than " + room + " bytes");
    }
    System.arraycopy(bytes, 0, head, at, bytes.length);
  }
}
