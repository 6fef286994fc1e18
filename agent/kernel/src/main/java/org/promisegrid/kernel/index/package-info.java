/// What can be found again from content and journal: links in both directions, grants, tables.
@NullMarked
package org.promisegrid.kernel.index;

import org.jspecify.annotations.NullMarked;
