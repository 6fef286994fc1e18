/// Tests of what only the engine's own package sees.
@NullMarked
package org.promisegrid.driver.wasm.engine;

import org.jspecify.annotations.NullMarked;
