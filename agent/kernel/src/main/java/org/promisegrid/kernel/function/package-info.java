/// Functions: what a descriptor says, how parameters become a key and arguments, and how names and
/// bindings point to them.
@NullMarked
package org.promisegrid.kernel.function;

import org.jspecify.annotations.NullMarked;
