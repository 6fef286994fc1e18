package org.promisegrid.driver.wasm.engine;

import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.wasm.types.FunctionType;
import com.dylibso.chicory.wasm.types.ValType;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.promisegrid.driver.wasm.module.ModuleException;
import org.promisegrid.driver.wasm.module.ModuleOutline;
import org.promisegrid.driver.wasm.module.ModuleOutline.Import;

/// What one module imports, of the functions that there are: WASI preview 1 and the port.
final class Imports {

  private static final Map<String, String> SIGNATURES = new HashMap<>();

  static {
    Stream.concat(Wasi.described().stream(), PortImports.functions(message -> message).stream())
        .forEach(f -> SIGNATURES.put(named(f), signature(f.functionType())));
  }

  private final Set<String> names;
  private final boolean port;

  private Imports(Set<String> names) {
    this.names = names;
    this.port = names.stream().anyMatch(name -> name.startsWith(PortImports.MODULE + "."));
  }

  /// @throws ModuleException if `outline` needs what there isn't, naming it
  static Imports of(ModuleOutline outline) throws ModuleException {
    Set<String> names = new LinkedHashSet<>();
    for (Import needed : outline.imports()) {
      String type = SIGNATURES.get(needed.toString());
      if (type == null) {
        throw new ModuleException("it imports " + needed + ", which isn't there");
      }
      if (!type.equals(needed.type())) {
        throw new ModuleException(
            "it imports " + needed + " as " + needed.type() + ", which is " + type);
      }
      names.add(needed.toString());
    }
    return new Imports(names);
  }

  /// Whether any belongs to the port.
  boolean port() {
    return port;
  }

  /// The functions, for one run.
  ImportValues bind(Surroundings surroundings) {
    if (names.isEmpty()) {
      return ImportValues.empty();
    }
    ImportValues.Builder values = ImportValues.builder();
    for (HostFunction function : new Wasi(surroundings).functions()) {
      if (names.contains(named(function))) {
        values.addFunction(guarded(function));
      }
    }
    if (port) {
      for (HostFunction function : PortImports.functions(surroundings::ask)) {
        values.addFunction(guarded(function));
      }
    }
    return values.build();
  }

  private static String named(HostFunction function) {
    return function.module() + "." + function.name();
  }

  /// A workload at the very end of its stack falls before the host's own state is touched.
  private static ImportFunction guarded(HostFunction function) {
    return new HostFunction(
        function.module(),
        function.name(),
        function.functionType(),
        (instance, arguments) -> {
          StackRoom.ensure();
          return function.handle().apply(instance, arguments);
        });
  }

  private static String signature(FunctionType type) {
    return signature(type.params()) + "->" + signature(type.returns());
  }

  private static String signature(List<ValType> types) {
    return types.stream()
        .map(type -> type.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(" ", "(", ")"));
  }
}
