package org.promisegrid.shim;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A shim of its own, and the agent's side of its stream, byte by byte.
final class Peer implements AutoCloseable {

  static final int HELLO = 1;
  static final int ARG = 2;
  static final int ENV = 3;
  static final int CWD = 4;
  static final int SPOOL = 5;
  static final int SECRET = 6;
  static final int RUN = 7;
  static final int STDIN = 8;
  static final int STDIN_EOF = 9;
  static final int SIGNAL = 10;
  static final int RESIZE = 11;
  static final int PING = 12;
  static final int RESUME = 13;
  static final int READY = 64;
  static final int STARTED = 65;
  static final int FAIL = 66;
  static final int OUT = 67;
  static final int ERR = 68;
  static final int CREDIT = 69;
  static final int PONG = 70;
  static final int EXIT = 71;

  private static final byte[] MAGIC = "gridshim".getBytes(StandardCharsets.US_ASCII);

  final byte[] key = new byte[16];
  final Process process;
  private final OutputStream to;
  private final DataInputStream from;

  private Peer(Process process) {
    this.process = process;
    this.to = process.getOutputStream();
    this.from = new DataInputStream(process.getInputStream());
    Arrays.fill(key, (byte) 7);
  }

  /// @param before what runs it
  static Peer start(Path folder, String... before) throws IOException {
    List<String> command = new ArrayList<>(List.of(before));
    command.add(binary(folder).toString());
    return new Peer(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /// The one that is shipped, or the one that `-Dgrid.shim` names.
  private static Path binary(Path folder) throws IOException {
    String other = System.getProperty("grid.shim", "");
    if (!other.isEmpty()) {
      return Path.of(other);
    }
    Path shim = folder.resolve("shim");
    if (!Files.exists(shim)) {
      Files.write(shim, ShimBinary.of(System.getProperty("os.arch")).orElseThrow().bytes());
      Files.setPosixFilePermissions(shim, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    return shim;
  }

  record Frame(int type, ByteBuffer body) {
    String text() {
      return StandardCharsets.UTF_8.decode(body.duplicate()).toString();
    }
  }

  /// What a run came to.
  record Ended(int how, int value, int reason, long took, long peak, long out, long err) {}

  void raw(byte[] bytes) throws IOException {
    to.write(bytes);
    to.flush();
  }

  static byte[] frame(int type, byte[] body) {
    return ByteBuffer.allocate(5 + body.length)
        .putInt(1 + body.length)
        .put((byte) type)
        .put(body)
        .array();
  }

  void send(int type, byte... body) throws IOException {
    raw(frame(type, body));
  }

  void send(int type, String body) throws IOException {
    send(type, body.getBytes(StandardCharsets.UTF_8));
  }

  byte[] hello() {
    return frame(HELLO, ByteBuffer.allocate(24).put(MAGIC).put(key).array());
  }

  /// The next frame that is none of input's accounts.
  Frame next() throws IOException {
    while (true) {
      Frame frame = any();
      if (frame.type() != CREDIT) {
        return frame;
      }
    }
  }

  Frame any() throws IOException {
    int length = from.readInt();
    if (length < 1 || length > 65_536) {
      throw new IOException("a frame of " + length);
    }
    byte[] all = from.readNBytes(length);
    if (all.length < length) {
      throw new EOFException();
    }
    return new Frame(all[0], ByteBuffer.wrap(all, 1, length - 1).slice());
  }

  Frame next(int type) throws IOException {
    Frame frame = next();
    if (frame.type() != type) {
      throw new IOException("not " + type + " but " + frame.type() + ": " + frame.text());
    }
    return frame;
  }

  /// Says hello and is answered.
  ByteBuffer greet() throws IOException {
    raw(hello());
    return next(READY).body();
  }

  /// What RUN carries; numbers of 0 are no limits.
  static final class Run {
    int flags;
    int user = -1;
    int lease;
    long millis;
    long output;
    long errors;
    int rows;
    int columns;

    byte[] body() {
      return ByteBuffer.allocate(68)
          .putInt(flags)
          .putInt(user)
          .putInt(user)
          .putInt(lease)
          .putInt(0)
          .putInt(0)
          .putLong(millis)
          .putLong(0)
          .putLong(output)
          .putLong(errors)
          .putLong(0)
          .putShort((short) rows)
          .putShort((short) columns)
          .array();
    }
  }

  void run(Run run, String... arguments) throws IOException {
    for (String argument : arguments) {
      send(ARG, argument);
    }
    send(ENV, "PATH=/usr/bin:/bin");
    send(RUN, run.body());
    var _ = next(STARTED);
  }

  void run(String... arguments) throws IOException {
    run(new Run(), arguments);
  }

  /// Collects what is written until the end; offsets must follow each other.
  Ended until(ByteArrayOutputStream out, ByteArrayOutputStream err) throws IOException {
    while (true) {
      Frame frame = next();
      switch (frame.type()) {
        case OUT -> take(frame.body(), out);
        case ERR -> take(frame.body(), err);
        case EXIT -> {
          return ended(frame.body());
        }
        case PONG -> {}
        default -> throw new IOException("a frame " + frame.type());
      }
    }
  }

  static Ended ended(ByteBuffer body) {
    int how = body.get();
    int value = Byte.toUnsignedInt(body.get());
    int reason = body.get();
    long took = body.getLong();
    body.getLong();
    body.getLong();
    return new Ended(how, value, reason, took, body.getLong(), body.getLong(), body.getLong());
  }

  private static void take(ByteBuffer body, ByteArrayOutputStream into) throws IOException {
    long offset = body.getLong();
    if (offset != into.size()) {
      throw new IOException("offset " + offset + " at " + into.size());
    }
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    into.writeBytes(bytes);
  }

  /// The agent is gone.
  void hangUp() throws IOException {
    to.close();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
