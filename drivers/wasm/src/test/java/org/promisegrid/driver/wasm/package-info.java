/// Tests of the WebAssembly driver beyond the contract.
@NullMarked
package org.promisegrid.driver.wasm;

import org.jspecify.annotations.NullMarked;
