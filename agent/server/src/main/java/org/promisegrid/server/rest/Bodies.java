package org.promisegrid.server.rest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.promisegrid.kernel.function.RefName;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;

/// Reads JSON bodies. Whatever an operation doesn't know is refused: nothing that a client says is
/// passed over.
final class Bodies {

  /// The longest: longer input is put first.
  static final int MOST = 1 << 20;

  private Bodies() {}

  /// The members of one JSON object.
  ///
  /// @throws Problem if the body isn't one, or too large
  static Fields read(InputStream body) throws IOException {
    byte[] bytes = body.readNBytes(MOST + 1);
    if (bytes.length > MOST) {
      throw Problem.of(
          new Payload.NotPromised(
              Reason.TOO_LARGE,
              "a JSON body has at most " + MOST + " bytes; put longer input first"));
    }
    try {
      return Fields.of(Json.read(bytes), "the body");
    } catch (MalformedException e) {
      throw Problem.malformed(e);
    }
  }

  /// A function by the text or link of its CID, or by a name on `node`.
  static Cid function(Fields fields, NodeId node) throws MalformedException {
    return switch (named(fields)) {
      case Item.Link(Cid cid) -> cid;
      case Item.Text(String name) -> new RefName(name).cid(node);
      default -> throw new MalformedException("function is a CID or a name");
    };
  }

  /// The member `function`: a link where it is the text of one.
  static Item named(Fields fields) throws MalformedException {
    Item function = fields.required("function", fields.item("function"));
    return function instanceof Item.Text(String text)
        ? Cid.find(text).<Item>map(Item::of).orElse(function)
        : function;
  }

  /// At most one of the members that give the input.
  static Input input(Fields fields) throws MalformedException {
    List<Input> given =
        Stream.of(
                plain(fields.item("input")),
                base64(fields.text("input_base64")),
                content(fields.item("input_cid")))
            .flatMap(Optional::stream)
            .toList();
    if (given.size() > 1) {
      throw new MalformedException("at most one of input, input_base64 and input_cid is there");
    }
    return given.isEmpty() ? Input.none() : given.getFirst();
  }

  /// Text, of which the bytes are UTF-8; or any form of an input as a call carries it.
  static Optional<Input> plain(Optional<Item> item) throws MalformedException {
    if (item.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        item.get() instanceof Item.Text(String text)
            ? new Input.Inline(text.getBytes(StandardCharsets.UTF_8))
            : Input.decode(item.get()));
  }

  private static Optional<Input> base64(Optional<String> text) throws MalformedException {
    try {
      return text.map(it -> new Input.Inline(Base64.getDecoder().decode(it)));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("input_base64 is not base64", e);
    }
  }

  private static Optional<Input> content(Optional<Item> item) throws MalformedException {
    if (item.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new Input.Content(link("input_cid", item.get())));
  }

  static Terms terms(Fields fields) throws MalformedException {
    Optional<Item.Table> terms = fields.table("terms");
    return terms.isPresent() ? Terms.decode(terms.get()) : Terms.NONE;
  }

  /// A link, or the text of one.
  static Cid link(String name, Item item) throws MalformedException {
    return switch (item) {
      case Item.Link(Cid cid) -> cid;
      case Item.Text(String text) ->
          Cid.find(text).orElseThrow(() -> new MalformedException(name + " is no CID"));
      default -> throw new MalformedException(name + " is no CID");
    };
  }

  /// The member of that name: a CID, as a link or as text.
  static Item cid(String name, Fields fields) throws MalformedException {
    return Item.of(link(name, fields.required(name, fields.item(name))));
  }

  /// A token by its name, or the chain of which it is the leaf; as text, too.
  static Item token(Item item) throws MalformedException {
    if (!(item instanceof Item.Text(String text))) {
      return item;
    }
    Optional<Cid> cid = Cid.find(text);
    return cid.isPresent() ? Item.of(cid.get()) : Item.of(Cbor.encode(Chain.parse(text).toItem()));
  }
}
