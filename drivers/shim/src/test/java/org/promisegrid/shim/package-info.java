/// The shim as it is, run on this host: what its document says of it.
@NullMarked
package org.promisegrid.shim;

import org.jspecify.annotations.NullMarked;
