/// Compiles and runs WebAssembly. The one place that knows the engine, which is Chicory.
@NullMarked
package org.promisegrid.driver.wasm.engine;

import org.jspecify.annotations.NullMarked;
