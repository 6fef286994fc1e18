package org.promisegrid.driver.wasm;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.wasm.engine.CompiledModule;
import org.promisegrid.driver.wasm.engine.ModuleCompiler;
import org.promisegrid.driver.wasm.module.ModuleException;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;

/// Compiled modules, ready to run: each compiled once, however many ask for it at once, on a thread
/// of its own; those used last are kept as long as they fit.
final class ModuleShelf implements AutoCloseable {

  /// Larger modules are refused, and on a small heap even smaller ones.
  private static final long LARGEST_MODULE = 32 << 20;

  /// Parsed, a byte of module takes some fifty; compiling takes as much again.
  private static final long HEAP_FOR_A_BYTE = 128;

  /// A module that takes longer isn't worth it.
  private static final Duration LONGEST_COMPILATION = Duration.ofMinutes(2);

  /// A compilation that takes too long can't be stopped, only left alone; so many may be at a time.
  private static final int MOST_LEFT_ALONE = 4;

  /// So many modules wait for the compiler, beside those it is at.
  private static final int MOST_WAITING = 256;

  /// Analysing and verifying recurse as deep as a function is nested.
  private static final long COMPILER_STACK = 32 << 20;

  /// How many modules that can't run are remembered.
  private static final int MOST_REFUSED = 256;

  private static final String TOO_LONG = "it takes too long to compile";

  private static final ThreadFactory COMPILER_THREADS =
      Thread.ofPlatform().name("wasm-compiler-", 0).daemon().stackSize(COMPILER_STACK).factory();

  private final ContentSource content;
  private final CodeCache cache;
  private final long size;
  private final int compilers;
  private final ThreadFactory threads;
  private final long largest;

  private final Map<Cid, CompletableFuture<CompiledModule>> compiling = new HashMap<>();
  private final LinkedHashMap<Cid, CompiledModule> ready = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Cid, String> refused =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Cid, String> eldest) {
          return size() > MOST_REFUSED;
        }
      };
  private final AtomicInteger leftAlone = new AtomicInteger();
  private final Deque<Job> waiting = new ArrayDeque<>();
  private int busy;
  private long held;
  private long compiled;
  private boolean closed;

  /// @param size the most bytes of compiled modules to keep
  /// @param threads how many modules are compiled at once
  ModuleShelf(ContentSource content, CodeCache cache, long size, int threads) {
    this(content, cache, size, threads, COMPILER_THREADS);
  }

  /// @param factory of the threads that compile
  ModuleShelf(
      ContentSource content, CodeCache cache, long size, int threads, ThreadFactory factory) {
    this.content = content;
    this.cache = cache;
    this.size = size;
    this.compilers = threads;
    this.threads = factory;
    this.largest = Math.min(LARGEST_MODULE, Runtime.getRuntime().maxMemory() / HEAP_FOR_A_BYTE);
  }

  /// Whether a module is ready.
  synchronized boolean isReady(Cid module) {
    return ready.containsKey(module);
  }

  /// Why a module can never run here, if that is known.
  synchronized Optional<String> refusal(Cid module) {
    return Optional.ofNullable(refused.get(module));
  }

  /// How many modules were compiled since the start, whether from their bytes or from the cache.
  synchronized long compiled() {
    return compiled;
  }

  /// How many modules wait for the compiler.
  synchronized int waiting() {
    return waiting.size();
  }

  /// Gives a module, compiling it first if it isn't ready.
  ///
  /// @throws DriverException `UNSUPPORTED` if it can't run here; `BROKEN` if it can't be read
  CompiledModule take(Cid module) throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    CompletableFuture<CompiledModule> coming;
    synchronized (this) {
      CompiledModule there = ready.get(module);
      if (there != null) {
        return there;
      }
      String reason = refused.get(module);
      if (reason != null) {
        throw unsupported(module, reason, null);
      }
      coming = compiling.get(module);
      if (coming == null) {
        coming = begin(module);
      }
    }
    try {
      return coming.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DriverException failure) {
        // Its own trace tells of the compiler's thread, this one of who waited.
        throw new DriverException(failure.kind(), String.valueOf(failure.getMessage()), e);
      }
      if (e.getCause() instanceof TimeoutException) {
        throw unsupported(module, TOO_LONG, e);
      }
      throw new DriverException(Kind.BROKEN, "compiling " + module, e);
    }
  }

  private CompletableFuture<CompiledModule> begin(Cid module) {
    if (closed) {
      throw new DriverException(Kind.UNAVAILABLE, "compiling " + module + ": the driver is closed");
    }
    if (leftAlone.get() >= MOST_LEFT_ALONE) {
      throw new DriverException(
          Kind.EXHAUSTED,
          "compiling " + module + ": " + MOST_LEFT_ALONE + " modules keep the compiler busy");
    }
    if (waiting.size() >= MOST_WAITING) {
      throw new DriverException(
          Kind.EXHAUSTED,
          "compiling " + module + ": " + MOST_WAITING + " modules wait for the compiler");
    }
    CompletableFuture<CompiledModule> coming = new CompletableFuture<>();
    compiling.put(module, coming);
    waiting.add(new Job(module, coming));
    next();
    return coming;
  }

  /// A module that waits for the compiler, and what those who wait for it look at.
  private record Job(Cid module, CompletableFuture<CompiledModule> coming) {}

  /// Begins with those that wait, as far as there are compilers: only then does one take a thread.
  private synchronized void next() {
    while (busy < compilers) {
      Job job = waiting.poll();
      if (job == null) {
        return;
      }
      try {
        threads.newThread(() -> compile(job.module, job.coming)).start();
        busy++;
      } catch (OutOfMemoryError e) { // so the JVM says that there are no more threads
        fail(
            job.module,
            job.coming,
            new DriverException(Kind.EXHAUSTED, "no thread to compile " + job.module, e));
      }
    }
  }

  private void compile(Cid module, CompletableFuture<CompiledModule> coming) {
    // However it completes, which may be before this thread has done, the next can begin.
    var _ = coming.whenComplete((_, failure) -> over(module, coming, failure));
    var _ = coming.orTimeout(LONGEST_COMPILATION.toNanos(), TimeUnit.NANOSECONDS);
    try {
      CompiledModule fresh =
          ModuleCompiler.compile(bytes(module), cache.of(module), () -> !coming.isDone());
      put(module, fresh);
      coming.complete(fresh);
    } catch (ModuleException e) {
      String reason = String.valueOf(e.getMessage());
      refuse(module, reason);
      fail(module, coming, unsupported(module, reason, e));
    } catch (DriverException e) {
      fail(module, coming, e);
    } catch (OutOfMemoryError e) {
      fail(
          module, coming, new DriverException(Kind.EXHAUSTED, "no memory to compile " + module, e));
    } catch (RuntimeException | Error e) {
      // Whatever it is, those who wait must hear of it.
      fail(module, coming, new DriverException(Kind.BROKEN, "compiling " + module, e));
    }
    if (coming.isCompletedExceptionally() && coming.exceptionNow() instanceof TimeoutException) {
      leftAlone.decrementAndGet();
    }
  }

  /// First forgotten and then told, so that who hears of it can try again at once.
  private void fail(Cid module, CompletableFuture<CompiledModule> coming, DriverException failure) {
    synchronized (this) {
      compiling.remove(module, coming);
    }
    coming.completeExceptionally(failure);
  }

  private synchronized void refuse(Cid module, String reason) {
    refused.put(module, reason);
  }

  private void over(
      Cid module, CompletableFuture<CompiledModule> coming, @Nullable Throwable failure) {
    synchronized (this) {
      busy--;
      if (failure instanceof TimeoutException) {
        leftAlone.incrementAndGet();
        compiling.remove(module, coming);
        refused.put(module, TOO_LONG);
      }
      next();
    }
  }

  private synchronized void put(Cid module, CompiledModule fresh) {
    compiling.remove(module);
    if (closed) {
      return;
    }
    refused.remove(module); // given up, and ready all the same
    compiled++;
    ready.put(module, fresh);
    held += fresh.size();
    // The newest stays even if it is too large alone: its caller is about to run it.
    var eldest = ready.entrySet().iterator();
    while (held > size && ready.size() > 1) {
      held -= eldest.next().getValue().size();
      eldest.remove();
    }
  }

  private byte[] bytes(Cid module) throws ModuleException {
    try (InputStream in = content.open(module)) {
      byte[] bytes = in.readNBytes((int) largest + 1);
      if (bytes.length > largest) {
        throw new ModuleException("it is larger than " + largest + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw new DriverException(Kind.BROKEN, "reading module " + module, e);
    }
  }

  private static DriverException unsupported(Cid module, String reason, @Nullable Throwable cause) {
    return new DriverException(Kind.UNSUPPORTED, "module " + module + ": " + reason, cause);
  }

  /// Lets go of all modules; what is being compiled ends by itself, what waits isn't begun.
  @Override
  public synchronized void close() {
    closed = true;
    ready.clear();
    for (Job job = waiting.poll(); job != null; job = waiting.poll()) {
      fail(
          job.module,
          job.coming,
          new DriverException(
              Kind.UNAVAILABLE, "compiling " + job.module + ": the driver is closed"));
    }
  }
}
