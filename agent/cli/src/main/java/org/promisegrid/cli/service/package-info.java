/// Services as people write them, in files and on the command line.
@NullMarked
package org.promisegrid.cli.service;

import org.jspecify.annotations.NullMarked;
