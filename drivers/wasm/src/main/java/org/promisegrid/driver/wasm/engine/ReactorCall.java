package org.promisegrid.driver.wasm.engine;

import com.dylibso.chicory.runtime.Instance;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.promisegrid.driver.wasm.module.ModuleOutline;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.OutputExceededException;

/// One call of a reactor, as `docs/protocols/wasm-reactor.md` has it.
final class ReactorCall {

  private static final int LARGEST_CODE = 255;

  private final Instance instance;
  private final LinearMemory memory;
  private final ModuleOutline outline;
  private final Surroundings surroundings;

  ReactorCall(Instance instance, ModuleOutline outline, Surroundings surroundings) {
    this.instance = instance;
    this.memory = (LinearMemory) instance.memory();
    this.outline = outline;
    this.surroundings = surroundings;
  }

  Outcome run() throws IOException {
    byte[] arguments = arguments(surroundings.invocation().arguments());
    byte[] input = input(surroundings.in());
    if (outline.exportsFunction("_initialize", "()->()")) {
      instance.export("_initialize").apply();
    }
    int argumentsAt = place(arguments);
    int inputAt = place(input);
    long result =
        instance.export("grid_run").apply(argumentsAt, arguments.length, inputAt, input.length)[0];
    if (result < 0) {
      return result >= -LARGEST_CODE
          ? new Outcome.Exited((int) -result)
          : new Outcome.Faulted("grid_run gave " + result + ", which is no exit code");
    }
    deliver((int) (result >>> 32), (int) result);
    return new Outcome.Exited(0);
  }

  private static byte[] arguments(List<String> arguments) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String argument : arguments) {
      all.writeBytes(argument.getBytes(StandardCharsets.UTF_8));
      all.write(0);
    }
    return all.toByteArray();
  }

  /// All of the input: it has to lie in the workload's memory as a whole.
  private byte[] input(InputStream in) throws IOException {
    int most = (int) Math.min(surroundings.memoryLimit(), Integer.MAX_VALUE - 8);
    byte[] input = in.readNBytes(most);
    if (input.length == most && in.read() >= 0) {
      throw new RunEndedException(new Outcome.Exceeded(Limit.MEMORY));
    }
    return input;
  }

  /// Puts `bytes` where the reactor wants them; nowhere if there are none.
  private int place(byte[] bytes) {
    if (bytes.length == 0) {
      return 0;
    }
    int address = (int) instance.export("grid_alloc").apply(bytes.length)[0];
    if (address == 0 || !memory.holds(address, bytes.length)) {
      throw new RunEndedException(
          new Outcome.Faulted(
              "grid_alloc(%d) gave %s, where there is no room"
                  .formatted(bytes.length, Integer.toUnsignedString(address))));
    }
    memory.write(address, bytes);
    return address;
  }

  private void deliver(int address, int length) throws IOException {
    if (length == 0) {
      return;
    }
    if (!memory.holds(address, length)) {
      throw new RunEndedException(
          new Outcome.Faulted(
              "grid_run gave %s bytes at %s, outside of its memory"
                  .formatted(Integer.toUnsignedString(length), Integer.toUnsignedString(address))));
    }
    try {
      memory.send(surroundings.out(), address, length);
      surroundings.out().flush();
    } catch (OutputExceededException e) {
      throw new RunEndedException(new Outcome.Exceeded(Limit.OUTPUT));
    }
  }
}
