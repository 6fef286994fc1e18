package org.promisegrid.server.rest;

import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Body;
import org.promisegrid.sandbox.Cid;

/// What a request asks of a function, as its parts are read: text of paths, queries and headers
/// becomes the items that its document speaks of. What isn't there is left out.
final class Ask {

  private final Cid function;
  private final Item.TableBuilder params = Item.table();
  private Input input = Input.none();
  private Terms terms = Terms.NONE;
  private Optional<Body> body = Optional.empty();
  private boolean fresh;

  private Ask(Cid function) {
    this.function = function;
  }

  /// Of the kernel function that the request's operation calls.
  static Ask of(RoutingContext request) {
    return new Ask(Route.of(request).function());
  }

  /// Of any function, where the operation leaves it to its request.
  static Ask of(Cid function, RoutingContext request) {
    return new Ask(Route.of(request).function(function));
  }

  Ask text(String name, @Nullable String value) {
    return item(name, value == null ? null : Item.of(value));
  }

  Ask texts(String name, List<String> values) {
    return values.isEmpty() ? this : item(name, Item.array(values.stream().map(Item::of).toList()));
  }

  Ask link(String name, @Nullable String value) {
    return item(name, value == null ? null : Item.of(cid(name, value)));
  }

  /// A link where it can be one, else the text, which may name content by another hash.
  Ask linkOrText(String name, String value) {
    try {
      return item(name, Item.of(Cid.parse(value)));
    } catch (IllegalArgumentException _) {
      return text(name, value);
    }
  }

  Ask number(String name, @Nullable String value) {
    return item(name, value == null ? null : Item.of(whole(name, value)));
  }

  Ask flag(String name, @Nullable String value) {
    return switch (value) {
      case null -> this;
      case "true" -> item(name, Item.TRUE);
      case "false" -> item(name, Item.FALSE);
      default -> throw Problem.malformed(name + " is true or false");
    };
  }

  Ask item(String name, @Nullable Item value) {
    if (value != null) {
      params.put(name, value);
    }
    return this;
  }

  /// All parameters at once.
  Ask params(Item.Table all) {
    all.entries()
        .forEach((name, value) -> {
          if (!(name instanceof Item.Text(String text))) {
            throw Problem.malformed("a parameter whose name isn't text");
          }
          params.put(text, value);
        });
    return this;
  }

  Ask input(Input what) {
    input = what;
    return this;
  }

  Ask terms(Terms how) {
    terms = how;
    return this;
  }

  /// Its nonce was drawn for this request.
  Ask fresh(boolean drawn) {
    fresh = drawn;
    return this;
  }

  Ask body(Body what) {
    body = Optional.of(what);
    return this;
  }

  Cid function() {
    return function;
  }

  Item.Table params() {
    return params.build();
  }

  Input input() {
    return input;
  }

  Terms terms() {
    return terms;
  }

  Optional<Body> body() {
    return body;
  }

  boolean isFresh() {
    return fresh;
  }

  static Cid cid(String name, String text) {
    try {
      return Cid.parse(text);
    } catch (IllegalArgumentException e) {
      throw Problem.malformed(name + " is no CID: " + e.getMessage());
    }
  }

  static long whole(String name, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException _) {
      throw Problem.malformed(name + " is a whole number");
    }
  }
}
