package org.promisegrid.kernel.message;

import java.util.Optional;
import org.promisegrid.sandbox.Cid;

/// What a function reads.
public sealed interface Input {

  /// Nothing, which is named like empty bytes: `null`.
  record None() implements Input {}

  /// Bytes that travel in the call.
  record Inline(Item.Bytes bytes) implements Input {
    public Inline(byte[] bytes) {
      this(Item.of(bytes));
    }
  }

  /// Content.
  record Content(Cid cid) implements Input {}

  /// The result that another call will have: `{"ok": link}`.
  record Pending(Cid call) implements Input {}

  /// The name of empty bytes, which stands for no input.
  Cid EMPTY = Cid.of(new byte[0]);

  /// No input.
  static Input none() {
    return new None();
  }

  /// Reads an input.
  ///
  /// @throws MalformedException if `item` is none of the four
  static Input decode(Item item) throws MalformedException {
    return switch (item) {
      case Item.Null _ -> none();
      case Item.Bytes bytes -> new Inline(bytes);
      case Item.Link link -> new Content(link.cid());
      case Item.Table table -> {
        Fields fields = Fields.of(table, "a pending input");
        Cid call = fields.requiredLink("ok");
        fields.end();
        yield new Pending(call);
      }
      default ->
          throw new MalformedException(
              "an input that is not bytes, a link, null or {\"ok\": link}");
    };
  }

  default Item toItem() {
    return switch (this) {
      case None _ -> Item.NULL;
      case Inline inline -> inline.bytes();
      case Content content -> Item.of(content.cid());
      case Pending pending -> Item.table().put("ok", pending.call()).build();
    };
  }

  /// Its name, as in a [CallKey]; empty while it is pending.
  default Optional<Cid> name() {
    return switch (this) {
      case None _ -> Optional.of(EMPTY);
      case Inline inline -> Optional.of(Cid.of(inline.bytes().shared()));
      case Content content -> Optional.of(content.cid());
      case Pending _ -> Optional.empty();
    };
  }
}
