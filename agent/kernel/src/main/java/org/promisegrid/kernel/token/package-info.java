/// Who may call what: keys, tokens, chains of them, and the verdict on a call.
@NullMarked
package org.promisegrid.kernel.token;

import org.jspecify.annotations.NullMarked;
