package org.promisegrid.server.wiring;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Tells the service manager that started the agent how it is: sd_notify(3), a datagram each to the
/// socket that `NOTIFY_SOCKET` names. The JDK has no datagrams of Unix sockets, so the C library
/// sends it. Where nobody started the agent as such a service, nobody is told.
final class ServiceNotice {

  static final String VARIABLE = "NOTIFY_SOCKET";

  /// Within which time, in microseconds, the manager wants to hear that the agent is alive; for the
  /// process that the other one names, if it names any.
  static final String WATCH = "WATCHDOG_USEC";

  static final String WATCHED = "WATCHDOG_PID";

  /// On Linux.
  private static final short AF_UNIX = 1;

  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;

  /// `sun_path` has 108 bytes after the two of the family.
  private static final int LONGEST = 108;

  private static final int FAMILY = 2;

  private final Optional<String> socket;

  private final Optional<Duration> watch;

  private ServiceNotice(Optional<String> socket, Optional<Duration> watch) {
    this.socket = socket;
    this.watch = watch;
  }

  /// @throws StartException if the socket has a name that no socket can have, or the time is none
  static ServiceNotice of(Map<String, String> environment) {
    String named = environment.getOrDefault(VARIABLE, "");
    if (named.isEmpty()) {
      return new ServiceNotice(Optional.empty(), Optional.empty());
    }
    boolean possible = named.startsWith("/") || named.startsWith("@");
    if (!possible || address(named).length > LONGEST) {
      throw new StartException(VARIABLE + " names no socket: " + named, null);
    }
    return new ServiceNotice(Optional.of(named), watch(environment));
  }

  private static Optional<Duration> watch(Map<String, String> environment) {
    String time = environment.getOrDefault(WATCH, "");
    String watched = environment.getOrDefault(WATCHED, "");
    boolean isOther =
        !watched.isEmpty() && !watched.equals(String.valueOf(ProcessHandle.current().pid()));
    if (time.isEmpty() || isOther) {
      return Optional.empty();
    }
    if (!time.matches("[1-9][0-9]{0,17}")) {
      throw new StartException(WATCH + " is no time in microseconds: " + time, null);
    }
    return Optional.of(Duration.of(Long.parseLong(time), ChronoUnit.MICROS));
  }

  /// Within which time it wants to hear that the agent is alive, if at all.
  Optional<Duration> watch() {
    return watch;
  }

  /// It isn't ready yet, and goes on.
  ///
  /// @param words what it does
  /// @param most how long until the next sign of it; the manager waits so long, even where it is
  ///   set to less
  void starting(String words, Duration most) throws IOException {
    tell("STATUS=" + words + "\nEXTEND_TIMEOUT_USEC=" + TimeUnit.MICROSECONDS.convert(most));
  }

  /// Calls are taken.
  void ready() throws IOException {
    tell("READY=1\nSTATUS=answers calls");
  }

  /// It hasn't failed.
  void alive() throws IOException {
    tell("WATCHDOG=1");
  }

  /// No more are taken.
  ///
  /// @param most how long the end may take; the manager waits so long, even where it is set to less
  void stopping(Duration most) throws IOException {
    tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + TimeUnit.MICROSECONDS.convert(most));
  }

  private void tell(String state) throws IOException {
    if (socket.isPresent()) {
      send(address(socket.get()), state.getBytes(StandardCharsets.UTF_8));
    }
  }

  /// A name that begins with `@` is of no file: it begins with a NUL then.
  private static byte[] address(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes[0] == '@') {
      bytes[0] = 0;
    }
    return bytes;
  }

  private static void send(byte[] name, byte[] state) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(FAMILY + LONGEST, Short.BYTES);
      to.set(JAVA_SHORT, 0, AF_UNIX);
      MemorySegment.copy(name, 0, to, JAVA_BYTE, FAMILY, name.length);
      MemorySegment text = arena.allocateFrom(JAVA_BYTE, state);
      int length = FAMILY + name.length;
      MemorySegment failed = arena.allocate(Linker.Option.captureStateLayout());
      int file =
          (int) Calls.SOCKET.invokeExact(failed, (int) AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (file < 0) {
        throw failure("socket", failed);
      }
      long sent;
      try {
        sent =
            (long)
                Calls.SENDTO.invokeExact(
                    failed, file, text, text.byteSize(), MSG_NOSIGNAL, to, length);
      } finally {
        var _ = (int) Calls.CLOSE.invokeExact(file);
      }
      if (sent != text.byteSize()) {
        throw failure("sendto", failed);
      }
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a call of the C library threw", e);
    }
  }

  private static IOException failure(String call, MemorySegment failed) {
    int errno =
        failed.get(
            JAVA_INT,
            Linker.Option.captureStateLayout()
                .byteOffset(MemoryLayout.PathElement.groupElement("errno")));
    return new IOException(
        "telling the service manager through "
            + VARIABLE
            + ": "
            + call
            + " failed, errno "
            + errno);
  }

  /// Functions of the C library, looked up when the first is needed.
  @SuppressWarnings("restricted") // every start allows native access
  private static final class Calls {

    private static final Linker LINKER = Linker.nativeLinker();

    private static final MethodHandle SOCKET =
        find("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), true);

    private static final MethodHandle SENDTO =
        find(
            "sendto",
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT),
            true);

    private static final MethodHandle CLOSE =
        find("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT), false);

    private static MethodHandle find(String name, FunctionDescriptor type, boolean errno) {
      MemorySegment function = LINKER.defaultLookup().findOrThrow(name);
      return errno
          ? LINKER.downcallHandle(function, type, Linker.Option.captureCallState("errno"))
          : LINKER.downcallHandle(function, type);
    }
  }
}
