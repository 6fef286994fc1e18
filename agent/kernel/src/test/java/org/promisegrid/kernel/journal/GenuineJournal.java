package org.promisegrid.kernel.journal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.token.CoseSign1;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

/// A journal of two segments that a node wrote, the same bytes each time; and taken apart, so that
/// its parts can be spoilt and put together again with sums and signatures that fit.
final class GenuineJournal {

  static final Cid FORMAT = Cid.of("a format".getBytes(StandardCharsets.UTF_8));
  static final SigningKey KEY = key();

  /// More than half of what an entry of each kind takes, and less than all of it.
  private static final long SEGMENT = 6000;

  private static final int SIGNED = 1 << 15;
  private static final int HEADER = 18;
  private static final int TRAILER = 8;
  private static final int BLOCK = 1 << 16;

  private final byte[] first;
  private final byte[] archive;
  private final byte[] second;

  private GenuineJournal(byte[] first, byte[] archive, byte[] second) {
    this.first = first;
    this.archive = archive;
    this.second = second;
  }

  /// The segment that is closed.
  byte[] first() {
    return first.clone();
  }

  /// Of the first segment.
  byte[] archive() {
    return archive.clone();
  }

  /// The newest segment.
  byte[] second() {
    return second.clone();
  }

  private static SigningKey key() {
    try {
      // Seeded before its first use, this one gives the same bytes for the same seed.
      SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
      random.setSeed(1);
      return SigningKey.generate(random);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static Journal.Setup setup(Path folder, long segment, InstantSource clock) {
    return new Journal.Setup(folder, FORMAT, KEY, clock, new HastyDisk(), segment);
  }

  static GenuineJournal write() {
    try {
      JournalFolder folder = new JournalFolder(Files.createTempDirectory("genuine"));
      InstantSource clock = InstantSource.fixed(Instant.parse("2026-11-22T10:00:00Z"));
      try (Journal journal = Journal.open(setup(folder.path, SEGMENT, clock), 0, (_, _) -> {})) {
        for (Entry.Kind kind : Entry.Kind.values()) {
          journal.append(entry(kind));
        }
        folder.awaitArchived();
      }
      List<Path> files = folder.files();
      if (files.size() != 2) {
        throw new IllegalStateException("two segments are wanted, not " + files);
      }
      byte[] archive = Files.readAllBytes(files.getFirst());
      byte[] second = Files.readAllBytes(files.get(1));
      for (Path file : files) {
        Files.delete(file);
      }
      Files.delete(folder.path);
      return new GenuineJournal(expand(archive), archive, second);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Entry entry(Entry.Kind kind) {
    Cid cid = Cid.of(kind.word().getBytes(StandardCharsets.UTF_8));
    return new Entry(
        kind,
        Item.table()
            .put("n", kind.word().length())
            .put("by", "bearer:" + cid)
            .put("cids", Item.array(Item.of(cid)))
            .put("hidden", true)
            .put("payload", Item.of(new byte[] {1, 2, 3}))
            .build());
  }

  private static byte[] expand(byte[] archive) throws IOException {
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(archive))) {
      return in.readAllBytes();
    }
  }

  /// What the records of the first segment say, for [#chained]: of each the length in two bytes,
  /// the first bit of which is set where it is signed, and then so many bytes. Of seals the length
  /// alone.
  byte[] pieces() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuffer segment = ByteBuffer.wrap(first).position(SegmentReader.FORMAT);
    while (segment.hasRemaining()) {
      byte[] body = new byte[segment.getInt()];
      segment.getInt();
      segment.get(body).position(segment.position() + Records.HASH);
      if (Mark.isOne(Item.of(body))) {
        byte[] said = said(body);
        out.writeBytes(head(said.length | SIGNED));
        out.writeBytes(said);
      } else {
        out.writeBytes(head(body.length));
        out.writeBytes(body);
      }
    }
    return out.toByteArray();
  }

  private static byte[] said(byte[] mark) {
    try {
      CoseSign1 signed = CoseSign1.decode(mark);
      return Mark.decode(Item.of(mark)).mark() instanceof Mark.Seal
          ? new byte[0]
          : signed.payload().orElseThrow().value();
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] head(int value) {
    return ByteBuffer.allocate(2).putShort((short) value).array();
  }

  /// A segment with these pieces as its records: each hash follows, marks are signed by the node,
  /// and a seal is one over what is there.
  static byte[] chained(byte[] pieces) {
    ByteBuffer in = ByteBuffer.wrap(pieces);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(FORMAT.bytes());
    Item.Bytes hash = Records.BEFORE_THE_FIRST;
    while (in.remaining() >= 2) {
      int head = Short.toUnsignedInt(in.getShort());
      byte[] body = new byte[Math.min(head & ~SIGNED, in.remaining())];
      in.get(body);
      if ((head & SIGNED) != 0) {
        body =
            body.length == 0
                ? new Mark.Seal(out.size(), hash).sign(KEY, FORMAT)
                : CoseSign1.attached(KEY, CoseSign1.EDDSA, body, FORMAT);
      }
      hash = Records.hash(hash, body);
      out.writeBytes(Records.encode(body, hash));
    }
    return out.toByteArray();
  }

  /// What the blocks of the archive are made of, for [#archived]: of each the length in two bytes,
  /// and so many bytes of deflate.
  byte[] blocks() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteBuffer in = ByteBuffer.wrap(archive).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      int from = in.position() + HEADER;
      int next = in.position() + Short.toUnsignedInt(in.getShort(in.position() + HEADER - 2)) + 1;
      byte[] deflated = Arrays.copyOfRange(archive, from, next - TRAILER);
      out.writeBytes(head(deflated.length));
      out.writeBytes(deflated);
      in.position(next);
    }
    return out.toByteArray();
  }

  /// An archive of such blocks, each with the sum and size of what it expands to.
  static byte[] archived(byte[] blocks) {
    ByteBuffer in = ByteBuffer.wrap(blocks);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    while (in.remaining() >= 2) {
      int length = Short.toUnsignedInt(in.getShort());
      byte[] deflated =
          new byte[Math.min(length, Math.min(in.remaining(), BLOCK - HEADER - TRAILER))];
      in.get(deflated);
      byte[] expanded = inflated(deflated);
      CRC32 crc = new CRC32();
      crc.update(expanded);
      out.writeBytes(
          ByteBuffer.allocate(HEADER + deflated.length + TRAILER)
              .order(ByteOrder.LITTLE_ENDIAN)
              .put(start())
              .putShort((short) (HEADER + deflated.length + TRAILER - 1))
              .put(deflated)
              .putInt((int) crc.getValue())
              .putInt(expanded.length)
              .array());
    }
    return out.toByteArray();
  }

  /// As RFC 1952 and BGZF have it.
  private static byte[] start() {
    return new byte[] {0x1f, (byte) 0x8b, 8, 4, 0, 0, 0, 0, 0, (byte) 0xff, 6, 0, 'B', 'C', 2, 0};
  }

  /// What bytes expand to, as far as they do.
  private static byte[] inflated(byte[] deflated) {
    byte[] out = new byte[BLOCK];
    int length = 0;
    try (Inflater inflater = new Inflater(true)) {
      inflater.setInput(deflated);
      int more = inflater.inflate(out);
      while (more > 0) {
        length += more;
        more = inflater.inflate(out, length, out.length - length);
      }
    } catch (DataFormatException _) {
      return new byte[0]; // such a block has to be damage, whatever size it claims
    }
    return Arrays.copyOf(out, length);
  }

  /// The first segment, put together again from either.
  List<byte[]> putTogether() throws IOException {
    return List.of(chained(pieces()), expand(archived(blocks())));
  }
}
