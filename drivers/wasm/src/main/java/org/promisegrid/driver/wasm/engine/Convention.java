package org.promisegrid.driver.wasm.engine;

import org.promisegrid.driver.wasm.module.ModuleException;
import org.promisegrid.driver.wasm.module.ModuleOutline;
import org.promisegrid.driver.wasm.module.ModuleOutline.Export;
import org.promisegrid.driver.wasm.module.ModuleOutline.Kind;

/// How a module is called.
enum Convention {
  /// A WASI preview 1 command: `_start`, streams and arguments through imports.
  COMMAND,
  /// A reactor without imports, see `docs/protocols/wasm-reactor.md`.
  REACTOR;

  /// What `outline` follows; a module that follows both is a command.
  ///
  /// @throws ModuleException if it follows neither, and why
  static Convention of(ModuleOutline outline) throws ModuleException {
    if (outline.exportsFunction("_start", "()->()")) {
      return COMMAND;
    }
    if (!outline.exportsFunction("grid_run", "(i32 i32 i32 i32)->(i64)")) {
      throw new ModuleException(
          "neither a command (it exports no _start) nor a reactor (it exports no grid_run of type"
              + " (i32 i32 i32 i32)->(i64))");
    }
    if (!outline.exportsFunction("grid_alloc", "(i32)->(i32)")) {
      throw new ModuleException("a reactor that exports no grid_alloc of type (i32)->(i32)");
    }
    if (!outline.imports().isEmpty()) {
      throw new ModuleException("a reactor that imports " + outline.imports().getFirst());
    }
    if (!new Export(Kind.MEMORY, "").equals(outline.exports().get("memory"))) {
      throw new ModuleException("a reactor that exports no memory");
    }
    return REACTOR;
  }
}
