package org.promisegrid.sandbox.trespass;

import org.promisegrid.kernel.message.Item;

/// Does what the contract may not: FencesTest must notice.
interface SpiTrespasser {
  Item seesTheKernel();
}
