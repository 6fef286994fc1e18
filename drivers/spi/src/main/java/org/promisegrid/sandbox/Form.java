package org.promisegrid.sandbox;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// One way to realise a function: code of one kind.
///
/// @param kind `wasm`, `image`, `disk`, `program`, or what a further driver defines
/// @param code the content that is run: a module, an image archive, an executable
/// @param attributes what the kind defines besides, such as a program's `interpreter`; sorted
public record Form(String kind, Cid code, Map<String, String> attributes) {

  public Form {
    if (kind.isEmpty()) {
      throw new IllegalArgumentException("a form has a kind");
    }
    attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
  }

  /// A form without attributes.
  public Form(String kind, Cid code) {
    this(kind, code, Map.of());
  }
}
