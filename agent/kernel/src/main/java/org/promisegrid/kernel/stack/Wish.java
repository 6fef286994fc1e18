package org.promisegrid.kernel.stack;

import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.promisegrid.kernel.ledger.ServiceBook;
import org.promisegrid.kernel.ledger.TokenBook;
import org.promisegrid.sandbox.Cid;

/// What is wanted of a stack now, and by whom.
///
/// @param head the stack
/// @param by who made it the head, and when
/// @param under by which tokens it is wanted
record Wish(Cid head, Stack stack, String by, Instant changed, ServiceBook.Under under) {

  /// What is wanted of a service.
  Optional<Declaration> service(String name) {
    return Optional.ofNullable(stack.services().get(name));
  }

  /// A token that it is wanted by and that was revoked: nothing of it is to run then.
  Optional<Cid> revoked(TokenBook tokens) {
    return Stream.concat(under.declared().stream(), under.started().stream())
        .filter(tokens::isRevoked)
        .findFirst();
  }
}
