/// What people type and read: sizes, durations, conditions, tables.
@NullMarked
package org.promisegrid.cli.text;

import org.jspecify.annotations.NullMarked;
