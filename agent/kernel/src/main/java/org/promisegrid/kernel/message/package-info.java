/// What is said on the grid, byte for byte: items, messages, calls and answers.
@NullMarked
package org.promisegrid.kernel.message;

import org.jspecify.annotations.NullMarked;
