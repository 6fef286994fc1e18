/// The HTTP interface: each operation is one call of one kernel function, as
/// `docs/protocols/README.md` lists them, and nothing here decides what a caller may do.
@NullMarked
package org.promisegrid.server.rest;

import org.jspecify.annotations.NullMarked;
