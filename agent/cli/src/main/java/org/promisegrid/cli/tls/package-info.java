/// Certificates for agents that are reached from other hosts.
@NullMarked
package org.promisegrid.cli.tls;

import org.jspecify.annotations.NullMarked;
