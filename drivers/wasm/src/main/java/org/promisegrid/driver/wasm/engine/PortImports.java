package org.promisegrid.driver.wasm.engine;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.ValType;
import java.util.List;
import org.promisegrid.sandbox.Port;

/// The port, as a workload imports it.
///
/// - `grid.send(message, length) -> i32`: sends a message, waits for its answer and gives its
///   length.
/// - `grid.answer(into, length) -> i32`: copies at most `length` bytes of the last answer and gives
///   their number.
final class PortImports {

  static final String MODULE = "grid";

  private static final FunctionType TYPE =
      FunctionType.of(List.of(ValType.I32, ValType.I32), List.of(ValType.I32));

  private final Port port;
  private byte[] answer = {};

  private PortImports(Port port) {
    this.port = port;
  }

  static List<HostFunction> functions(Port port) {
    PortImports imports = new PortImports(port);
    return List.of(
        new HostFunction(MODULE, "send", TYPE, imports::send),
        new HostFunction(MODULE, "answer", TYPE, imports::answer));
  }

  private long[] send(Instance instance, long... arguments) {
    byte[] message = instance.memory().readBytes((int) arguments[0], (int) arguments[1]);
    try {
      answer = port.send(message);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChicoryInterruptedException(e);
    }
    return new long[] {answer.length};
  }

  private long[] answer(Instance instance, long... arguments) {
    int length = Math.min(Math.max((int) arguments[1], 0), answer.length);
    instance.memory().write((int) arguments[0], answer, 0, length);
    return new long[] {length};
  }
}
