package org.promisegrid.driver.wasm.engine;

import com.dylibso.chicory.compiler.Cache;
import com.dylibso.chicory.compiler.InterpreterFallback;
import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.AnnotatedInstruction;
import com.dylibso.chicory.wasm.types.FunctionBody;
import com.dylibso.chicory.wasm.types.OpCode;
import com.dylibso.chicory.wasm.types.WasmEncoding;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.wasm.module.ModuleException;
import org.promisegrid.driver.wasm.module.ModuleOutline;
import org.promisegrid.driver.wasm.module.OutlineReader;

/// Turns modules into JVM code.
public final class ModuleCompiler {

  /// A function too large for a JVM method is interpreted, some hundred times slower. The engine
  /// compiles the whole module again for each it meets, so there is an end to them.
  private static final int MOST_INTERPRETED = 16;

  /// Bytes that parsed instructions take in memory for a byte of module, roughly.
  private static final int PARSED = 40;

  /// Bytes that loaded classes take for a byte of the compressed archive they are kept in, roughly.
  private static final int LOADED = 6;

  private static final Pattern TOO_LARGE = Pattern.compile("WASM function index: (\\d+)");

  /// Instructions with an alignment and an offset.
  private static final Set<OpCode> ACCESSES =
      Arrays.stream(OpCode.values())
          .filter(code -> OpCode.signature(code).contains(WasmEncoding.MEMARG))
          .collect(Collectors.toCollection(() -> EnumSet.noneOf(OpCode.class)));

  private ModuleCompiler() {}

  /// What tells code of this compiler, for this JVM, from that of others: it isn't interchangeable.
  public static String version() {
    Properties engine = new Properties();
    try (InputStream in =
        Objects.requireNonNull(ModuleCompiler.class.getResourceAsStream("engine.properties"))) {
      engine.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("reading which engine this is", e);
    }
    return "chicory " + engine.getProperty("version") + ", java " + Runtime.version();
  }

  /// Compiles `bytes`, or takes what `store` kept.
  ///
  /// @param goOn asked now and then; once false, the compilation is given up
  /// @throws ModuleException if the module can't run here, and why
  public static CompiledModule compile(byte[] bytes, CodeStore store, BooleanSupplier goOn)
      throws ModuleException {
    ModuleOutline outline = OutlineReader.read(bytes);
    Convention convention = Convention.of(outline);
    Imports imports = Imports.of(outline);
    try {
      WasmModule module = Parser.parse(bytes);
      checkOffsets(module);
      Code code = code(module, store, goOn);
      long size = (long) bytes.length * PARSED + (long) code.size * LOADED;
      return new CompiledModule(module, code.machines, outline, convention, imports, size);
    } catch (StackOverflowError e) {
      throw new ModuleException("it is nested too deep", e);
    } catch (RuntimeException | LinkageError | AssertionError e) {
      // The engine tells a module it can't take in every way there is.
      throw new ModuleException(String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
    }
  }

  /// The engine adds the offset of an access to its address as if both were signed, so that one
  /// beyond 2 GiB would reach *below* the address instead of trapping.
  private static void checkOffsets(WasmModule module) throws ModuleException {
    for (FunctionBody body : module.codeSection().functionBodies()) {
      for (AnnotatedInstruction instruction : body.instructions()) {
        if (ACCESSES.contains(instruction.opcode()) && instruction.operand(1) > Integer.MAX_VALUE) {
          throw new ModuleException("it accesses memory at an offset beyond 2 GiB");
        }
      }
    }
  }

  /// @param size bytes of the archive it is kept in
  private record Code(Function<Instance, Machine> machines, int size) {}

  private static Code code(WasmModule module, CodeStore store, BooleanSupplier goOn)
      throws ModuleException {
    Optional<byte[]> kept = store.load();
    if (kept.isPresent()) {
      try {
        return new Code(builder(module, new Kept(kept.get())).compile(), kept.get().length);
      } catch (RuntimeException | LinkageError e) {
        store.discard();
      }
    }
    Kept fresh = new Kept(null);
    Function<Instance, Machine> machines = fresh(module, fresh, goOn);
    byte[] code = fresh.code;
    if (code == null) {
      return new Code(machines, 0);
    }
    store.store(code);
    return new Code(machines, code.length);
  }

  private static Function<Instance, Machine> fresh(
      WasmModule module, Kept kept, BooleanSupplier goOn) throws ModuleException {
    Set<Integer> interpreted = new HashSet<>();
    while (goOn.getAsBoolean()) {
      try {
        return builder(module, kept).withInterpretedFunctions(interpreted).compile();
      } catch (ChicoryException e) {
        Matcher tooLarge = TOO_LARGE.matcher(String.valueOf(e.getMessage()));
        if (!tooLarge.find() || !interpreted.add(Integer.parseInt(tooLarge.group(1)))) {
          throw e;
        }
        if (interpreted.size() > MOST_INTERPRETED) {
          throw new ModuleException(
              "more than " + MOST_INTERPRETED + " of its functions are too large to be compiled",
              e);
        }
      }
    }
    throw new ModuleException("it takes too long to compile");
  }

  private static MachineFactoryCompiler.Builder builder(WasmModule module, Kept kept) {
    return MachineFactoryCompiler.builder(module)
        .withInterpreterFallback(InterpreterFallback.FAIL)
        .withCache(kept);
  }

  /// The engine's view of one module's kept code.
  private static final class Kept implements Cache {

    private byte @Nullable [] code;

    Kept(byte @Nullable [] code) {
      this.code = code;
    }

    @Override
    public byte @Nullable [] get(String key) {
      return code;
    }

    @Override
    public void putIfAbsent(String key, byte[] data) {
      code = data;
    }
  }
}
