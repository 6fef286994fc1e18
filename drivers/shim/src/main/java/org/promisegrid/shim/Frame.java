package org.promisegrid.shim;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Frames as an agent writes them, whole, with their lengths; and the numbers of all.
final class Frame {

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

  /// Type and body of the longest.
  static final int LONGEST = 65_536;

  /// Length and type.
  static final int HEADER = 5;

  private static final byte[] MAGIC = "gridshim".getBytes(StandardCharsets.US_ASCII);
  private static final int RUN_SIZE = 6 * 4 + 5 * 8 + 2 * 2;
  private static final int TERMINAL = 1;
  private static final int OUTLIVES = 2;
  private static final Command.User ITS_OWN = new Command.User(-1, -1);

  private Frame() {}

  /// One without a body.
  static byte[] of(int type) {
    return of(type, 0).array();
  }

  static byte[] of(int type, byte[] body) {
    return of(type, body.length).put(body).array();
  }

  /// One whose body is to be filled in.
  private static ByteBuffer of(int type, int size) {
    return ByteBuffer.allocate(HEADER + size).putInt(1 + size).put((byte) type);
  }

  static byte[] hello(ShimKey key) {
    return of(HELLO, MAGIC.length + ShimKey.SIZE).put(MAGIC).put(key.bytes()).array();
  }

  static byte[] input(byte[] bytes, int length) {
    return of(STDIN, length).put(bytes, 0, length).array();
  }

  static byte[] signal(int number) {
    return of(SIGNAL, 1).put((byte) number).array();
  }

  static byte[] resize(Command.Terminal size) {
    return of(RESIZE, 4).putShort((short) size.rows()).putShort((short) size.columns()).array();
  }

  static byte[] resume(ShimConnection.Told from) {
    return of(RESUME, 16).putLong(from.out()).putLong(from.err()).array();
  }

  /// All that leads to its RUN, which is the last.
  static List<byte[]> of(Command command) {
    List<byte[]> frames = new ArrayList<>();
    command.arguments().forEach(word -> frames.add(of(ARG, Words.bytes(word))));
    // Sorted, so that the same command is the same bytes.
    for (Map.Entry<String, String> each : new TreeMap<>(command.environment()).entrySet()) {
      frames.add(of(ENV, Words.bytes(Words.variable(each))));
    }
    command.directory().ifPresent(folder -> frames.add(of(CWD, Words.bytes(folder))));
    command.spool().ifPresent(spool -> frames.add(of(SPOOL, Words.bytes(spool.folder()))));
    command.secrets().forEach(secret -> add(secret, frames));
    frames.add(run(command));
    return frames;
  }

  private static void add(SecretFile secret, List<byte[]> frames) {
    byte[] path = Words.bytes(secret.path());
    byte[] content = secret.content();
    int room = LONGEST - 1 - 10 - path.length;
    int at = 0;
    do {
      int piece = Math.min(room, content.length - at);
      frames.add(
          user(of(SECRET, 10 + path.length + piece), secret.reader())
              .putShort((short) path.length)
              .put(path)
              .put(content, at, piece)
              .array());
      at += piece;
    } while (at < content.length);
  }

  private static byte[] run(Command command) {
    Command.Bounds bounds = command.bounds();
    int flags = command.terminal().isPresent() ? TERMINAL : 0;
    if (command.spool().filter(Command.Spool::outlives).isPresent()) {
      flags |= OUTLIVES;
    }
    Command.Terminal terminal = command.terminal().orElse(new Command.Terminal(0, 0));
    return user(of(RUN, RUN_SIZE).putInt(flags), command.user())
        .putInt((int) Math.min(millis(command.lease()), Integer.MAX_VALUE))
        .putInt(bounds.files())
        .putInt(bounds.processes())
        .putLong(millis(bounds.time()))
        .putLong(millis(bounds.cpu()))
        .putLong(bounds.output())
        .putLong(bounds.errors())
        .putLong(bounds.file())
        .putShort((short) terminal.rows())
        .putShort((short) terminal.columns())
        .array();
  }

  private static ByteBuffer user(ByteBuffer into, Optional<Command.User> user) {
    Command.User who = user.orElse(ITS_OWN);
    return into.putInt(who.uid()).putInt(who.gid());
  }

  /// Rounded up: what is limited stays so, however little it is.
  private static long millis(Duration time) {
    return time.isZero() ? 0 : time.plusNanos(999_999).toMillis();
  }

  /// Leaves nothing of it, where it was a secret.
  static void forget(byte[] frame) {
    Arrays.fill(frame, (byte) 0);
  }
}
