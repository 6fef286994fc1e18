/// Chooses the cheapest driver able to honour a call, runs the call there, and learns from it.
@NullMarked
package org.promisegrid.kernel.dispatch;

import org.jspecify.annotations.NullMarked;
