/// What is kept, how much room it takes, and what can go.
@NullMarked
package org.promisegrid.kernel.storage;

import org.jspecify.annotations.NullMarked;
