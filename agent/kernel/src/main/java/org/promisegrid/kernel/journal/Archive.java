package org.promisegrid.kernel.journal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// A compressed segment: gzip in blocks, each a gzip member of at most 64 KiB that says how long it
/// is, as `bgzip` writes them ([SAM §4.1](https://samtools.github.io/hts-specs/SAMv1.pdf)). Any
/// gunzip expands it; a reader finds any offset without expanding what is before.
final class Archive implements Source {

  /// Of a block, expanded: what doesn't compress has to fit into 64 KiB, too.
  private static final int BLOCK = 65_280;

  private static final int MOST = 1 << 16;
  private static final int HEADER = 18;
  private static final int TRAILER = 8;

  /// Magic, deflate, an extra field; no time, no system; six bytes extra: `BC`, two bytes long.
  private static final byte[] START = {
    0x1f, (byte) 0x8b, 8, 4, 0, 0, 0, 0, 0, (byte) 0xff, 6, 0, 'B', 'C', 2, 0
  };

  private final JournalFile file;

  /// Where each block begins in the file, and after them where it ends.
  private final long[] places;

  /// What each begins with, expanded, and after them how much there is.
  private final long[] offsets;

  private final int blocks;
  private int current = -1;
  private byte[] expanded = {};

  private Archive(JournalFile file, long[] places, long[] offsets, int blocks) {
    this.file = file;
    this.places = places;
    this.offsets = offsets;
    this.blocks = blocks;
  }

  /// @throws DamagedException if the file isn't made of such blocks
  static Archive open(Path path) throws IOException {
    JournalFile file = JournalFile.openToRead(path);
    try {
      return open(file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static Archive open(JournalFile file) throws IOException {
    long size = file.size();
    long[] places = new long[64];
    long[] offsets = new long[64];
    int blocks = 0;
    long at = 0;
    long offset = 0;
    while (at < size) {
      byte[] header = bytes(file, at, HEADER);
      if (!Arrays.equals(header, 0, START.length, START, 0, START.length)) {
        throw new DamagedException("no block begins at byte " + at + " of the archive");
      }
      long next = at + Short.toUnsignedInt(little(header).getShort(START.length)) + 1;
      if (next > size || next < at + HEADER + TRAILER) {
        throw new DamagedException("a length that can't be, at byte " + at + " of the archive");
      }
      long expands = Integer.toUnsignedLong(little(bytes(file, next - 4, 4)).getInt(0));
      if (expands > MOST) {
        throw new DamagedException("a size that can't be, at byte " + at + " of the archive");
      }
      if (blocks + 1 == places.length) {
        places = Arrays.copyOf(places, 2 * blocks + 2);
        offsets = Arrays.copyOf(offsets, 2 * blocks + 2);
      }
      places[blocks] = at;
      offsets[blocks] = offset;
      blocks++;
      at = next;
      offset += expands;
    }
    places[blocks] = at;
    offsets[blocks] = offset;
    return new Archive(file, places, offsets, blocks);
  }

  private static byte[] bytes(JournalFile file, long at, int length) throws IOException {
    byte[] bytes = new byte[length];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, at + buffer.position()) < 0) {
        throw new DamagedException("the archive ends at byte " + (at + buffer.position()));
      }
    }
    return bytes;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public int read(ByteBuffer buffer, long offset) throws IOException {
    if (offset >= size()) {
      return -1;
    }
    int block = holding(offset);
    if (block != current) {
      expanded = expand(block);
      current = block;
    }
    int from = (int) (offset - offsets[block]);
    int length = Math.min(buffer.remaining(), expanded.length - from);
    buffer.put(expanded, from, length);
    return length;
  }

  /// The block with the byte at `offset`: the last one that begins there or before, as empty blocks
  /// begin where the one after them does.
  private int holding(long offset) {
    int low = 0;
    int high = blocks;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offsets[middle] <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  private byte[] expand(int block) throws IOException {
    long at = places[block];
    byte[] member = bytes(file, at, (int) (places[block + 1] - at));
    byte[] out = new byte[(int) (offsets[block + 1] - offsets[block])];
    try (Inflater inflater = new Inflater(true)) {
      inflater.setInput(member, HEADER, member.length - HEADER - TRAILER);
      int length = 0;
      while (length < out.length && !inflater.finished()) {
        int more = inflater.inflate(out, length, out.length - length);
        if (more == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          break;
        }
        length += more;
      }
      CRC32 crc = new CRC32();
      crc.update(out);
      int said = little(member).getInt(member.length - TRAILER);
      if (length != out.length || said != (int) crc.getValue()) {
        throw new DamagedException(
            "a block that doesn't match its sum, at byte " + at + " of the archive");
      }
      return out;
    } catch (DataFormatException e) {
      throw new DamagedException("a block that doesn't expand, at byte " + at + " of the archive");
    }
  }

  @Override
  public long size() {
    return offsets[blocks];
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /// Writes the blocks of an archive, and closes what it writes to.
  static final class Writer implements AutoCloseable {
    private final OutputStream out;
    private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    private final byte[] packed = new byte[MOST];

    Writer(OutputStream out) {
      this.out = out;
    }

    /// Largest block, expanded.
    static int block() {
      return BLOCK;
    }

    /// Writes a block.
    void write(byte[] bytes, int length) throws IOException {
      int size = pack(bytes, length, Deflater.DEFAULT_COMPRESSION);
      if (size < 0) {
        size = pack(bytes, length, Deflater.NO_COMPRESSION);
      }
      CRC32 crc = new CRC32();
      crc.update(bytes, 0, length);
      ByteBuffer block =
          ByteBuffer.allocate(HEADER + size + TRAILER)
              .order(ByteOrder.LITTLE_ENDIAN)
              .put(START)
              .putShort((short) (HEADER + size + TRAILER - 1))
              .put(packed, 0, size)
              .putInt((int) crc.getValue())
              .putInt(length);
      out.write(block.array());
    }

    /// How long it is, packed; -1 if that doesn't fit.
    private int pack(byte[] bytes, int length, int level) {
      deflater.reset();
      deflater.setLevel(level);
      deflater.setInput(bytes, 0, length);
      deflater.finish();
      int size = deflater.deflate(packed, 0, MOST - HEADER - TRAILER);
      return deflater.finished() ? size : -1;
    }

    @Override
    public void close() throws IOException {
      try (out) {
        deflater.end();
      }
    }
  }
}
