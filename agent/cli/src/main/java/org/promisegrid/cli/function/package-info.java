/// Functions as people write them, in YAML or JSON.
@NullMarked
package org.promisegrid.cli.function;

import org.jspecify.annotations.NullMarked;
