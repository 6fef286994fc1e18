package org.promisegrid.cli;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// A picture in the [PNG](https://www.w3.org/TR/png-3/) format of 8-bit RGB, looked at just enough
/// to know that it is whole.
record Png(int width, int height) {

  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final int TRUE_COLOUR = 2;

  /// Reads a picture, all of it.
  ///
  /// @throws IllegalArgumentException if it isn't one, a checksum is wrong, or pixels are missing
  static Png check(byte[] bytes) {
    require(
        bytes.length > SIGNATURE.length
            && Arrays.equals(bytes, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length),
        "it doesn't begin as a PNG does");
    ByteBuffer in = ByteBuffer.wrap(bytes);
    in.position(SIGNATURE.length);
    Png picture = new Png(0, 0);
    Inflater inflater = new Inflater();
    try {
      long pixels = 0;
      String type = "";
      while (!type.equals("IEND")) {
        require(in.remaining() >= 12, "it ends before its end");
        int length = in.getInt();
        require(length >= 0 && length <= in.remaining() - 8, "a chunk is longer than the file");
        byte[] chunk = new byte[4 + length];
        in.get(chunk);
        CRC32 sum = new CRC32();
        sum.update(chunk);
        require((int) sum.getValue() == in.getInt(), "a checksum is wrong");
        type = new String(chunk, 0, 4, StandardCharsets.ISO_8859_1);
        if (type.equals("IHDR")) {
          ByteBuffer head = ByteBuffer.wrap(chunk, 4, length);
          picture = new Png(head.getInt(), head.getInt());
          require(head.get() == 8 && head.get() == TRUE_COLOUR, "it is not in 8-bit RGB");
        } else if (type.equals("IDAT")) {
          pixels += inflate(inflater, chunk);
        }
      }
      // Each row begins with one byte that names its filter.
      require(
          pixels == picture.height * (3L * picture.width + 1) && inflater.finished(),
          "pixels are missing");
      return picture;
    } finally {
      inflater.end();
    }
  }

  private static long inflate(Inflater inflater, byte[] chunk) {
    inflater.setInput(chunk, 4, chunk.length - 4);
    byte[] piece = new byte[64 << 10];
    long sum = 0;
    try {
      int got = inflater.inflate(piece);
      while (got > 0) {
        sum += got;
        got = inflater.inflate(piece);
      }
      return sum;
    } catch (DataFormatException e) {
      throw new IllegalArgumentException("its pixels can't be read", e);
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException("not a whole picture: " + otherwise);
    }
  }
}
