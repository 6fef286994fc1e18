package org.promisegrid.kernel.call;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.kernel.function.Binding;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.ledger.Ref;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Access;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.sandbox.Cid;

/// Finds the user function that slot 0 of a call names: by its descriptor's CID, or by a ref whose
/// head is a descriptor or a binding.
public final class Functions {

  private static final int REMEMBERED = 1024;

  private final Access access;
  private final Ledger ledger;

  /// Descriptors by CID: content never changes.
  private final Cache<Cid, Descriptor> known = cache();

  /// Bindings, likewise.
  private final Cache<Cid, Binding> bindings = cache();

  public Functions(Access access, Ledger ledger) {
    this.access = access;
    this.ledger = ledger;
  }

  private static <T> Cache<Cid, T> cache() {
    return Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();
  }

  /// A function that was found.
  ///
  /// @param function its descriptor's CID
  /// @param defaults terms of the binding, if a ref led through one
  /// @param refs that led to it
  /// @param byOwner whether those terms are the word of the home's owner
  public record Found(
      Cid function, Descriptor descriptor, Terms defaults, Set<Cid> refs, boolean byOwner) {}

  /// The function that `name` names; empty if nothing here is called so.
  ///
  /// @throws Refusal if there is something of that name, and it is no function
  public Optional<Found> find(Cid name) throws Refusal {
    Optional<Ref> ref = ledger.refs().find(name);
    if (ref.isEmpty()) {
      return descriptor(name)
          .map(descriptor -> new Found(name, descriptor, Terms.NONE, Set.of(), false));
    }
    Cid head = ref.get().head();
    Optional<Binding> bound = binding(ref.get());
    if (bound.isEmpty()) {
      return descriptor(head)
          .map(descriptor -> new Found(head, descriptor, Terms.NONE, Set.of(name), false));
    }
    Binding binding = bound.get();
    return descriptor(binding.function())
        .map(descriptor ->
            new Found(
                binding.function(),
                descriptor,
                binding.terms(),
                Set.of(name),
                ref.get().byOwner()));
  }

  private Optional<Binding> binding(Ref ref) throws Refusal {
    Binding known = bindings.getIfPresent(ref.head());
    if (known != null && access.isHere(ref.head())) {
      return Optional.of(known);
    }
    Optional<Message> message = access.message(ref.head());
    if (message.isEmpty() || !Binding.isOne(message.get())) {
      return Optional.empty();
    }
    try {
      Binding binding = Binding.of(message.get());
      bindings.put(ref.head(), binding);
      return Optional.of(binding);
    } catch (MalformedException e) {
      throw Refusal.invalid("the binding of " + ref.name() + ": " + e.getMessage());
    }
  }

  private Optional<Descriptor> descriptor(Cid cid) throws Refusal {
    Descriptor descriptor = known.getIfPresent(cid);
    if (descriptor != null && access.isHere(cid)) {
      return Optional.of(descriptor);
    }
    Optional<Message> message = access.message(cid);
    if (message.isEmpty() || !Descriptor.isOne(message.get())) {
      return Optional.empty();
    }
    try {
      Descriptor read = Descriptor.of(message.get());
      known.put(cid, read);
      return Optional.of(read);
    } catch (MalformedException e) {
      throw Refusal.invalid("this function's descriptor: " + e.getMessage());
    }
  }
}
