package org.promisegrid.kernel.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.UUID;
import org.promisegrid.sandbox.Cid;

/// Content on its way in: a file of its bytes, and beside it the list of its pieces' hashes.
///
/// The list begins with the length of the content (8 bytes, big-endian); then follow 32 bytes for
/// each piece of [#PIECE] bytes, the last of which may be shorter. It is never trusted further than
/// the content is: a list that is lost or wrong is made again from content whose whole hash is
/// right.
final class Incoming implements AutoCloseable {

  /// How much is verified, and held in memory, at a time.
  static final int PIECE = 256 << 10;

  static final int HEADER = Long.BYTES;
  static final int HASH = 32;

  private final Path data;
  private final Path list;
  private final FileChannel dataOut;
  private final FileChannel listOut;
  private final ByteBuffer hashes = ByteBuffer.allocate(128 * HASH);
  private final MessageDigest piece = Cid.sha256();
  private int inPiece;
  private long size;

  private Incoming(Path data, Path list, FileChannel dataOut, FileChannel listOut) {
    this.data = data;
    this.list = list;
    this.dataOut = dataOut;
    this.listOut = listOut;
  }

  static Incoming create(Path scratch) throws IOException {
    String name = UUID.randomUUID().toString();
    Path data = scratch.resolve(name);
    Path list = scratch.resolve(name + ".pieces");
    FileChannel dataOut = Folder.create(data);
    try {
      FileChannel listOut = Folder.create(list);
      listOut.position(HEADER);
      return new Incoming(data, list, dataOut, listOut);
    } catch (IOException e) {
      try (dataOut) {
        Files.deleteIfExists(data);
      }
      throw e;
    }
  }

  /// How long the list of content of that length is.
  static long listSize(long size) {
    return HEADER + (size + PIECE - 1) / PIECE * HASH;
  }

  void write(byte[] bytes, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
    while (buffer.hasRemaining()) {
      dataOut.write(buffer);
    }
    listed(bytes, length);
  }

  /// Takes the bytes into the list only, for content that is in its place already.
  void listed(byte[] bytes, int length) throws IOException {
    size += length;
    for (int at = 0; at < length; ) {
      int part = Math.min(length - at, PIECE - inPiece);
      piece.update(bytes, at, part);
      at += part;
      inPiece += part;
      if (inPiece == PIECE) {
        endPiece();
      }
    }
  }

  /// Makes the content durable, though not under its name yet.
  void finish() throws IOException {
    finishList();
    dataOut.force(true);
    dataOut.close();
  }

  /// Completes the list. It isn't forced: after a loss of power it may be wrong, and is made again.
  void finishList() throws IOException {
    if (inPiece > 0) {
      endPiece();
    }
    flush();
    listOut.write(ByteBuffer.allocate(HEADER).putLong(size).flip(), 0);
    listOut.close();
  }

  Path data() {
    return data;
  }

  Path list() {
    return list;
  }

  /// Removes what hasn't been moved elsewhere.
  @Override
  public void close() throws IOException {
    try (dataOut;
        listOut) {
      Files.deleteIfExists(data);
      Files.deleteIfExists(list);
    }
  }

  private void endPiece() throws IOException {
    hashes.put(piece.digest());
    inPiece = 0;
    if (!hashes.hasRemaining()) {
      flush();
    }
  }

  private void flush() throws IOException {
    hashes.flip();
    while (hashes.hasRemaining()) {
      listOut.write(hashes);
    }
    hashes.clear();
  }
}
