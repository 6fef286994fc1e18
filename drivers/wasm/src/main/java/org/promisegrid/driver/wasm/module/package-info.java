/// What a WebAssembly module says of itself, read with every count and size bounded before an
/// engine sees it.
@NullMarked
package org.promisegrid.driver.wasm.module;

import org.jspecify.annotations.NullMarked;
