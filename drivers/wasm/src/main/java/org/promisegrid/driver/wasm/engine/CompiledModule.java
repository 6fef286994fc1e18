package org.promisegrid.driver.wasm.engine;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.runtime.WasmException;
import com.dylibso.chicory.wasi.WasiExitException;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.WasmModule;
import java.io.IOException;
import java.util.function.Function;
import org.promisegrid.driver.wasm.module.ModuleOutline;
import org.promisegrid.sandbox.Outcome;

/// A module, ready to run any number of times, each in an instance of its own.
public final class CompiledModule {

  private static final int LONGEST_REASON = 200;

  private final WasmModule module;
  private final Function<Instance, Machine> machines;
  private final ModuleOutline outline;
  private final Convention convention;
  private final Imports imports;
  private final long size;

  CompiledModule(
      WasmModule module,
      Function<Instance, Machine> machines,
      ModuleOutline outline,
      Convention convention,
      Imports imports,
      long size) {
    this.module = module;
    this.machines = machines;
    this.outline = outline;
    this.convention = convention;
    this.imports = imports;
    this.size = size;
  }

  public ModuleOutline outline() {
    return outline;
  }

  /// Bytes of the host's memory that it takes, as an estimate.
  public long size() {
    return size;
  }

  /// Whether it sends messages through a port.
  public boolean usesPort() {
    return imports.port();
  }

  /// Whether it could open files.
  public boolean hasFiles() {
    return convention == Convention.COMMAND;
  }

  /// Runs it once, on the calling thread, to its end.
  ///
  /// @throws InterruptedException if the thread was interrupted; the workload has ended then
  public Outcome run(Surroundings surroundings) throws InterruptedException {
    try {
      Instance instance =
          Instance.builder(module)
              .withMachineFactory(machines)
              .withMemoryFactory(limits -> new LinearMemory(limits, surroundings))
              .withTableFactory(new BoundedTable.Budget(surroundings))
              .withImportValues(imports.bind(surroundings))
              .withStart(false)
              .build();
      return switch (convention) {
        case COMMAND -> command(instance);
        case REACTOR -> new ReactorCall(instance, outline, surroundings).run();
      };
    } catch (RunEndedException e) {
      return e.outcome();
    } catch (WasiExitException e) {
      return new Outcome.Exited(e.exitCode() & 0xff); // as every Unix does
    } catch (ChicoryInterruptedException e) {
      throw (InterruptedException) new InterruptedException().initCause(e);
    } catch (LinearMemory.OutOfBoundsException e) {
      return new Outcome.Faulted("out of bounds memory access");
    } catch (StackOverflowError e) {
      return new Outcome.Faulted("stack exhausted");
    } catch (OutOfMemoryError e) {
      return new Outcome.Lost("the agent's own memory is used up");
    } catch (WasmException e) {
      return new Outcome.Faulted("an exception that nothing caught");
    } catch (ChicoryException e) {
      return new Outcome.Faulted(reason(e));
    } catch (IOException e) {
      return new Outcome.Lost("a stream of the run failed: " + e);
    }
  }

  private static Outcome command(Instance instance) {
    instance.export(Instance.START_FUNCTION_NAME).apply();
    return new Outcome.Exited(0);
  }

  private static String reason(ChicoryException e) {
    if (e.getCause() instanceof StackOverflowError) {
      return "stack exhausted";
    }
    String message = String.valueOf(e.getMessage());
    if (message.equals("Trapped on unreachable instruction")) {
      return "unreachable";
    }
    return message.length() <= LONGEST_REASON ? message : message.substring(0, LONGEST_REASON);
  }
}
