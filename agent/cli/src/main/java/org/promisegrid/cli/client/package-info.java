/// Speaks to an agent: finds it, signs calls, and believes no answer that isn't proved.
@NullMarked
package org.promisegrid.cli.client;

import org.jspecify.annotations.NullMarked;
