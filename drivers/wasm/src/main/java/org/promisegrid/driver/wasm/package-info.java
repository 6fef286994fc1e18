/// The driver whose sandboxes are WebAssembly instances inside this process.
@NullMarked
package org.promisegrid.driver.wasm;

import org.jspecify.annotations.NullMarked;
