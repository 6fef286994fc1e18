package org.promisegrid.kernel.call;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Filling;

/// A call of a user function, checked: found, coerced, authorised. What is left is to answer it.
///
/// @param call its name
/// @param descriptor of the function
/// @param arguments what the workload gets
/// @param params canonical: bound ones and defaults filled
/// @param slots what fills the function's slots
/// @param input what the workload reads
/// @param terms as they will be held
/// @param anyAllowed whether no isolation at all would do
/// @param key under which its result is remembered, if it is pure
/// @param identity what makes another call the same one; absent where none can be: without a nonce,
///   or with one that no other call has
/// @param came when it came
/// @param until how long the call is remembered
/// @param deadline when its caller stops waiting
record Wanted(
    Cid call,
    Caller caller,
    Cid function,
    Descriptor descriptor,
    List<String> arguments,
    Item.Table params,
    Map<String, Filling> slots,
    Given input,
    Terms terms,
    boolean anyAllowed,
    Cid key,
    Optional<Cid> identity,
    Instant came,
    Instant until,
    Optional<Instant> deadline) {

  /// Input that is complete: its bytes came with the call, or are content.
  record Given(Cid cid, Optional<Item.Bytes> inline) {}

  /// The content that it names: function, parameters and input.
  Set<Cid> named() {
    Set<Cid> named = new HashSet<>();
    named.add(function);
    Caller.links(params, named);
    if (input.inline().isEmpty()) {
      named.add(input.cid());
    }
    return named;
  }

  /// What calls that share a run have in common.
  Cid flight() {
    // A refreshing call wants a run of its own, and is never pure's twin: it goes by its nonce.
    boolean shared = descriptor.pure() && cache() != Terms.Cache.REFRESH;
    return shared ? key : identity.orElse(call);
  }

  /// What of its terms decides where it can run, and how far.
  List<Object> conditions() {
    return List.of(terms.limits(), terms.isolation(), terms.place(), terms.price(), anyAllowed);
  }

  Terms.Cache cache() {
    return terms.cache().orElse(Terms.Cache.USE);
  }
}
