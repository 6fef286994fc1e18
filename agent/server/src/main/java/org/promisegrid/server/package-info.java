/// The agent process: the kernel wired together and put behind HTTP.
@NullMarked
package org.promisegrid.server;

import org.jspecify.annotations.NullMarked;
