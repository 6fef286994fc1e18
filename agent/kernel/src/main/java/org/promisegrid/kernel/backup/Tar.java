package org.promisegrid.kernel.backup;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/// The little of tar that a backup needs: regular files with short names in ASCII.
final class Tar {

  static final int BLOCK = 512;

  /// Two empty blocks end an archive.
  static final int END = 2 * BLOCK;

  static final int MOST_NAME = 100;

  private static final int SIZE_AT = 124;
  private static final int SIZE_DIGITS = 12;
  private static final int SUM_AT = 148;
  private static final int TYPE_AT = 156;
  private static final int MAGIC_AT = 257;

  /// What is larger than octal digits can say is said in binary, as GNU tar does.
  private static final long MOST_OCTAL = 1L << 33;

  private static final byte BINARY = (byte) 0x80;

  private Tar() {}

  /// A file in an archive.
  record Entry(String name, long size) {
    Entry {
      if (name.isEmpty() || name.length() > MOST_NAME || size < 0) {
        throw new IllegalArgumentException("no entry of an archive: " + name);
      }
    }
  }

  /// How many bytes of an archive a file takes.
  static long extent(long size) {
    return BLOCK + size + padding(size);
  }

  /// How many bytes fill up the last block of a file.
  static int padding(long size) {
    return (int) ((BLOCK - size % BLOCK) % BLOCK);
  }

  static byte[] header(Entry entry) {
    byte[] header = new byte[BLOCK];
    put(header, 0, entry.name());
    put(header, 100, "0000600\0");
    put(header, 108, "0000000\0");
    put(header, 116, "0000000\0");
    if (entry.size() < MOST_OCTAL) {
      put(header, SIZE_AT, "%011o\0".formatted(entry.size()));
    } else {
      header[SIZE_AT] = BINARY;
      for (int i = 0; i < Long.BYTES; i++) {
        header[SIZE_AT + SIZE_DIGITS - 1 - i] = (byte) (entry.size() >>> (8 * i));
      }
    }
    put(header, 136, "00000000000\0");
    put(header, TYPE_AT, "0");
    put(header, MAGIC_AT, "ustar\00000");
    put(header, SUM_AT, "%06o\0 ".formatted(sum(header)));
    return header;
  }

  /// Reads the header of the next file; empty at the archive's end.
  ///
  /// @throws RestoreException if it is none, or of something else than a regular file
  static Optional<Entry> read(InputStream in) throws IOException {
    byte[] header = in.readNBytes(BLOCK);
    if (header.length < BLOCK) {
      throw new EOFException("the archive is cut off");
    }
    if (isEmpty(header)) {
      return Optional.empty();
    }
    String name = text(header, 0, MOST_NAME);
    Entry entry;
    try {
      entry = new Entry(name, size(header));
    } catch (IllegalArgumentException e) {
      throw new RestoreException("no backup: a file without a name or size", e);
    }
    // To the last bit: what says anything else is none of ours.
    if (!Arrays.equals(header, header(entry))) {
      throw new RestoreException("no backup: something else than a plain file, " + name);
    }
    return Optional.of(entry);
  }

  /// @throws IllegalArgumentException if there is none
  private static long size(byte[] header) {
    if (header[SIZE_AT] == BINARY) {
      return ByteBuffer.wrap(header).getLong(SIZE_AT + SIZE_DIGITS - Long.BYTES);
    }
    return Long.parseLong(text(header, SIZE_AT, SIZE_DIGITS), 8);
  }

  /// Of all bytes, those of the sum itself counting as blanks.
  private static int sum(byte[] header) {
    int sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= SUM_AT && i < SUM_AT + 8 ? ' ' : header[i] & 0xff;
    }
    return sum;
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private static String text(byte[] header, int at, int most) {
    int end = at;
    while (end < at + most && header[end] != 0) {
      end++;
    }
    return new String(header, at, end - at, US_ASCII);
  }

  static boolean isEmpty(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }
}
