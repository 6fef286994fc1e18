package org.promisegrid.kernel.token;

import java.util.Set;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// What of a call a token can have a say in.
///
/// @param function the function that will run, by its own hash
/// @param refs the refs that the call went through to reach it; empty if it named the function
/// @param params as the function will get them: bound ones and defaults filled, coerced
/// @param input the CID of the input; that of no bytes, if there is none
/// @param terms as they will be held: defaults filled
public record CallView(
    Cid function, Set<Cid> refs, Item.Table params, Cid input, Item.Table terms) {

  public CallView {
    refs = Set.copyOf(refs);
  }
}
