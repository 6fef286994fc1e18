package org.promisegrid.kernel.message;

import org.promisegrid.sandbox.Cid;

/// The name under which the result of a pure function is remembered.
public final class CallKey {

  private CallKey() {}

  /// The CID of `{"function", "params", "input"}`.
  ///
  /// @param function the function itself, not a ref to it
  /// @param params every parameter: bound ones and defaults filled in, canonical
  /// @param input the name of the input; no input is [Input#EMPTY]
  public static Cid of(Cid function, Item.Table params, Cid input) {
    return Cid.of(
        Cbor.encode(
            Item.table()
                .put("function", function)
                .put("params", params)
                .put("input", input)
                .build()));
  }
}
