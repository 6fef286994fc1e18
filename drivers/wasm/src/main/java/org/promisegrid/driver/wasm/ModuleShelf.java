package org.promisegrid.driver.wasm;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.wasm.engine.CompiledModule;
import org.promisegrid.driver.wasm.engine.ModuleCompiler;
import org.promisegrid.driver.wasm.module.ModuleException;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;

/// Compiled modules, ready to run: each compiled once, however many ask for it at once, on a thread of
/// its own; those used last are kept as long as they fit.
final class ModuleShelf implements AutoCloseable {

  /// Larger modules are refused: parsed, each byte takes about forty.
  static final int LARGEST_MODULE = 32 << 20;

  /// A module that takes longer isn't worth it. Its thread can't be stopped in the middle.
  private static final long LONGEST_COMPILATION = TimeUnit.SECONDS.toNanos(120);

  /// Analysing and verifying recurse as deep as a function is nested.
  private static final long COMPILER_STACK = 32 << 20;

  /// How many modules that can't run are remembered.
  private static final int MOST_REFUSED = 256;

  private final ContentSource content;
  private final CodeCache cache;
  private final long size;
  private final ExecutorService compilers;

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
  private long held;
  private long compiled;

  /// @param size the most bytes of compiled modules to keep
  /// @param threads how many modules are compiled at once
  ModuleShelf(ContentSource content, CodeCache cache, long size, int threads) {
    this.content = content;
    this.cache = cache;
    this.size = size;
    this.compilers =
        Executors.newFixedThreadPool(
            threads,
            Thread.ofPlatform()
                .name("wasm-compiler-", 0)
                .daemon()
                .stackSize(COMPILER_STACK)
                .factory());
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
        coming = new CompletableFuture<>();
        compiling.put(module, coming);
        begin(module, coming);
      }
    }
    try {
      return coming.get(LONGEST_COMPILATION, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw unsupported(module, "it takes too long to compile", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof DriverException failure) {
        throw new DriverException(failure.kind(), failure.getMessage(), e);
      }
      throw new DriverException(Kind.BROKEN, "compiling " + module, e);
    }
  }

  private void begin(Cid module, CompletableFuture<CompiledModule> coming) {
    try {
      compilers.execute(() -> compile(module, coming));
    } catch (RejectedExecutionException e) {
      compiling.remove(module);
      throw new DriverException(Kind.UNAVAILABLE, "compiling " + module + ": the driver is closed", e);
    }
  }

  private void compile(Cid module, CompletableFuture<CompiledModule> coming) {
    try {
      long end = System.nanoTime() + LONGEST_COMPILATION;
      CompiledModule fresh =
          ModuleCompiler.compile(
              bytes(module), cache.of(module), () -> System.nanoTime() - end < 0);
      put(module, fresh);
      coming.complete(fresh);
    } catch (ModuleException e) {
      String reason = String.valueOf(e.getMessage());
      synchronized (this) {
        refused.put(module, reason);
        compiling.remove(module);
      }
      coming.completeExceptionally(unsupported(module, reason, e));
    } catch (DriverException e) {
      fail(module, coming, e);
    } catch (OutOfMemoryError e) {
      fail(module, coming, new DriverException(Kind.EXHAUSTED, "no memory to compile " + module, e));
    } catch (RuntimeException | Error e) {
      // Whatever it is, those who wait must hear of it.
      fail(module, coming, new DriverException(Kind.BROKEN, "compiling " + module, e));
    }
  }

  private void fail(
      Cid module, CompletableFuture<CompiledModule> coming, DriverException failure) {
    synchronized (this) {
      compiling.remove(module);
    }
    coming.completeExceptionally(failure);
  }

  private synchronized void put(Cid module, CompiledModule fresh) {
    compiling.remove(module);
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

  private byte[] bytes(Cid module) {
    try (InputStream in = content.open(module)) {
      byte[] bytes = in.readNBytes(LARGEST_MODULE + 1);
      if (bytes.length > LARGEST_MODULE) {
        throw new DriverException(
            Kind.UNSUPPORTED, "module " + module + " is larger than " + LARGEST_MODULE + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      throw new DriverException(Kind.BROKEN, "reading module " + module, e);
    }
  }

  private static DriverException unsupported(
      Cid module, String reason, @Nullable Throwable cause) {
    return new DriverException(Kind.UNSUPPORTED, "module " + module + ": " + reason, cause);
  }

  /// What is being compiled is finished, and nothing else begun.
  @Override
  public void close() {
    compilers.shutdown();
  }
}
