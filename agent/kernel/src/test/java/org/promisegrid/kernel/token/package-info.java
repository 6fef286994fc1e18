/// Tests of who may call what.
@NullMarked
package org.promisegrid.kernel.token;

import org.jspecify.annotations.NullMarked;
