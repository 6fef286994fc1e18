package org.promisegrid.kernel.syscall;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.Authority;
import org.promisegrid.sandbox.Cid;

/// Who calls, as verified, with what the call's proof says of them.
///
/// @param call the call's name
/// @param authority what the chain allows
/// @param until when the call's proof ends; empty if never
/// @param named tells content that the chain names to its holder, or that is reached from there;
///   asked only where a caller reads what nobody gave them
public record Caller(Cid call, Authority authority, Optional<Instant> until, Predicate<Cid> named) {

  /// Whose content and calls these are.
  public String principal() {
    return authority.principal().toString();
  }

  /// Whose turn it is, and whose share it takes.
  public String turn() {
    return authority.turn();
  }

  /// Whether this is the home's owner, or somebody to whom the owner gave everything.
  public boolean isOwner() {
    return authority.isUnattenuated();
  }

  /// The same, for a call in which what the chain names doesn't count.
  public Caller withoutNames() {
    return new Caller(call, authority, until, _ -> false);
  }

  /// Links in `item`, at any depth.
  public static void links(Item item, Set<Cid> into) {
    switch (item) {
      case Item.Link(Cid cid) -> into.add(cid);
      case Item.Array array -> array.items().forEach(each -> links(each, into));
      case Item.Table table -> table.entries().values().forEach(each -> links(each, into));
      case Item.Tagged tagged -> links(tagged.item(), into);
      case Item.Null _, Item.Bool _, Item.Int _, Item.Text _, Item.Bytes _ -> {}
    }
  }
}
