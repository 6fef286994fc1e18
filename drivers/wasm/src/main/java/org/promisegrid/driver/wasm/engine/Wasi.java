package org.promisegrid.driver.wasm.engine;

import com.dylibso.chicory.log.Logger;
import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.wasi.WasiOptions;
import com.dylibso.chicory.wasi.WasiPreview1;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.OutputExceededException;

/// WASI preview 1 for one run, without any file.
///
/// Arguments, environment and descriptors are the engine's. Ours is what touches streams (the
/// engine goes through arrays of whatever size the workload names, and tells a stream's failure to
/// the workload instead of the agent), time and randomness (its monotonic clock is always the
/// machine's), and waiting.
final class Wasi {

  static final int SUCCESS = 0;
  static final int EBADF = 8;
  static final int EINVAL = 28;
  static final int ENOTSUP = 58;

  /// The most that is read at once where a workload asks for more.
  private static final int PIECE = 1 << 16;

  private static final Map<String, Call> OURS =
      Map.of(
          "fd_read", Wasi::read,
          "fd_write", Wasi::write,
          "fd_close", Wasi::close,
          "fd_renumber", Wasi::renumber,
          "clock_time_get", (wasi, memory, a) -> wasi.clocks.tell(memory, (int) a[0], (int) a[2]),
          "poll_oneoff", (wasi, memory, a) -> Polls.poll(wasi, memory, a),
          "random_get", Wasi::random);

  final Surroundings surroundings;
  final Clocks clocks;
  private final RandomBytes random;
  private final WasiPreview1 engine;
  private final Files files;

  /// What each descriptor is. Without a directory to start from there are never more than these.
  private final @Nullable Stream[] streams = {Stream.IN, Stream.OUT, Stream.LOG};

  Wasi(Surroundings surroundings) {
    this.surroundings = surroundings;
    this.clocks = new Clocks(surroundings);
    this.random = RandomBytes.of(surroundings);
    this.engine = engine(surroundings);
    this.files = new Files(surroundings.files());
  }

  /// Stream kinds.
  enum Stream {
    IN,
    OUT,
    LOG
  }

  /// One function of ours.
  @FunctionalInterface
  private interface Call {
    int apply(Wasi wasi, LinearMemory memory, long[] arguments)
        throws IOException, InterruptedException;
  }

  private static WasiPreview1 engine(Surroundings surroundings) {
    WasiOptions.Builder options =
        WasiOptions.builder()
            .withArguments(arguments(surroundings))
            // Ours are read and written, not these; not being terminals is what matters.
            .withStdin(InputStream.nullInputStream(), false)
            .withStdout(OutputStream.nullOutputStream(), false)
            .withStderr(OutputStream.nullOutputStream(), false);
    if (!surroundings.pure()) {
      surroundings.invocation().environment().forEach(options::withEnvironment);
    }
    return WasiPreview1.builder().withOptions(options.build()).withLogger(new Silence()).build();
  }

  private static List<String> arguments(Surroundings surroundings) {
    List<String> arguments = new ArrayList<>();
    arguments.add("function");
    arguments.addAll(surroundings.invocation().arguments());
    return arguments;
  }

  /// All functions that there are, to be looked at only.
  static List<HostFunction> described() {
    return List.of(WasiPreview1.builder().build().toHostFunctions());
  }

  /// All functions, for this run.
  List<HostFunction> functions() {
    List<HostFunction> functions = new ArrayList<>();
    for (HostFunction function : engine.toHostFunctions()) {
      Call ours = OURS.get(function.name());
      Files.Call onFiles = files.isEmpty() ? null : Files.CALLS.get(function.name());
      functions.add(
          ours != null
              ? of(function, ours)
              : onFiles != null ? overFiles(function, onFiles) : function);
    }
    return functions;
  }

  private HostFunction of(HostFunction function, Call call) {
    return new HostFunction(
        function.module(),
        function.name(),
        function.functionType(),
        (instance, arguments) -> {
          try {
            // A module without a memory has no business calling functions that work on it.
            if (instance.memory() instanceof LinearMemory memory) {
              return new long[] {call.apply(this, memory, arguments)};
            }
            throw new LinearMemory.OutOfBoundsException();
          } catch (OutputExceededException e) {
            throw new RunEndedException(new Outcome.Exceeded(Limit.OUTPUT));
          } catch (IOException e) {
            throw new RunEndedException(new Outcome.Lost("a stream of the run failed: " + e));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChicoryInterruptedException(e);
          }
        });
  }

  /// What is asked of streams is the engine's to answer, as where there are no files.
  private HostFunction overFiles(HostFunction function, Files.Call call) {
    return new HostFunction(
        function.module(),
        function.name(),
        function.functionType(),
        (instance, arguments) -> {
          if (arguments[0] >= 0 && arguments[0] < Files.FIRST) {
            return function.handle().apply(instance, arguments);
          }
          if (instance.memory() instanceof LinearMemory memory) {
            return new long[] {call.apply(files, memory, arguments)};
          }
          throw new LinearMemory.OutOfBoundsException();
        });
  }

  @Nullable Stream stream(int descriptor) {
    return descriptor < 0 || descriptor >= streams.length ? null : streams[descriptor];
  }

  private int read(LinearMemory memory, long[] arguments) throws IOException {
    if ((int) arguments[0] >= Files.FIRST) {
      return files.read(memory, arguments);
    }
    if (stream((int) arguments[0]) != Stream.IN) {
      return EBADF;
    }
    int vectors = (int) arguments[1];
    int total = 0;
    for (int i = 0; i < (int) arguments[2]; i++) {
      int address = memory.readInt(vectors + i * 8);
      int length = memory.readInt(vectors + i * 8 + 4);
      memory.range(address, length);
      if (length == 0) {
        continue;
      }
      if (total > 0 && surroundings.in().available() == 0) {
        break; // what there is, is given before more is waited for
      }
      int wanted = Math.min(length, PIECE);
      int read = memory.receive(surroundings.in(), address, wanted);
      total += Math.max(read, 0);
      if (read < length) {
        break;
      }
    }
    memory.writeI32((int) arguments[3], total);
    return SUCCESS;
  }

  private int write(LinearMemory memory, long[] arguments) throws IOException {
    OutputStream to;
    switch (stream((int) arguments[0])) {
      case OUT -> to = surroundings.out();
      case LOG -> to = surroundings.log();
      case IN -> {
        return EBADF;
      }
      case null -> {
        return EBADF;
      }
    }
    int vectors = (int) arguments[1];
    int total = 0;
    for (int i = 0; i < (int) arguments[2]; i++) {
      int address = memory.readInt(vectors + i * 8);
      int length = memory.readInt(vectors + i * 8 + 4);
      memory.send(to, address, length);
      total += length;
    }
    to.flush();
    memory.writeI32((int) arguments[3], total);
    return SUCCESS;
  }

  private int close(LinearMemory memory, long[] arguments) {
    if ((int) arguments[0] >= Files.FIRST) {
      return files.close((int) arguments[0]);
    }
    int result = engine.fdClose((int) arguments[0]);
    if (result == SUCCESS) {
      streams[(int) arguments[0]] = null;
    }
    return result;
  }

  private int renumber(LinearMemory memory, long[] arguments) {
    int from = (int) arguments[0];
    int to = (int) arguments[1];
    if (from >= Files.FIRST && to >= Files.FIRST) {
      return files.renumber(from, to);
    }
    int result = engine.fdRenumber(from, to);
    if (result == SUCCESS && from != to) {
      streams[to] = streams[from];
      streams[from] = null;
    }
    return result;
  }

  private int random(LinearMemory memory, long[] arguments) throws InterruptedException {
    int address = (int) arguments[0];
    int left = (int) arguments[1];
    memory.range(address, left);
    byte[] piece = new byte[Math.min(left, 4096)];
    while (left > 0) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      random.fill(piece);
      int size = Math.min(left, piece.length);
      memory.write(address, piece, 0, size);
      address += size;
      left -= size;
    }
    return SUCCESS;
  }

  /// What the engine would tell of each call is for nobody.
  private static final class Silence implements Logger {
    @Override
    public void log(Level level, String message, Throwable cause) {}

    @Override
    public boolean isLoggable(Level level) {
      return false;
    }
  }
}
