package org.promisegrid.kernel.function;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;

/// What kind of value a [Schema] describes, with the bounds that this kind has. Constructors refuse
/// bounds that no value could meet.
public sealed interface Type {

  /// Most elements or characters that a bound may name; an absent upper bound is this.
  int MOST = Integer.MAX_VALUE;

  /// `null`: nothing but null.
  record Null() implements Type {}

  /// `boolean`.
  record Bool() implements Type {}

  /// `integer`: a whole number of 64 bits within bounds.
  record Int(long minimum, long maximum) implements Type {
    public Int {
      if (minimum > maximum) {
        throw new IllegalArgumentException("minimum is above maximum");
      }
    }
  }

  /// `number`: a decimal number, which travels as its canonical text.
  record Num(Optional<Decimal> minimum, Optional<Decimal> maximum) implements Type {
    public Num {
      if (minimum.isPresent()
          && maximum.isPresent()
          && minimum.get().compareTo(maximum.get()) > 0) {
        throw new IllegalArgumentException("minimum is above maximum");
      }
    }
  }

  /// `string`: text; its length counts Unicode code points.
  record Text(int minLength, int maxLength) implements Type {
    public Text {
      ordered(minLength, maxLength, "minLength", "maxLength");
    }
  }

  /// `bytes`; its length counts bytes.
  record Bytes(int minLength, int maxLength) implements Type {
    public Bytes {
      ordered(minLength, maxLength, "minLength", "maxLength");
    }
  }

  /// `link`: a CID.
  record Link() implements Type {}

  /// `array`: a sequence whose elements are all described by `items`.
  record Array(Schema items, int minItems, int maxItems) implements Type {
    public Array {
      ordered(minItems, maxItems, "minItems", "maxItems");
      if (items.defaultValue().isPresent()) {
        throw new IllegalArgumentException("an element of an array has no default");
      }
    }
  }

  /// `object`: a map with text keys.
  ///
  /// @param properties sorted by name
  /// @param required names of properties that must be there; distinct, in the order of map keys
  record Table(Map<String, Schema> properties, List<String> required, Rest rest) implements Type {

    private static final int MOST_PROPERTIES = 256;
    private static final int LONGEST_NAME = 64;

    public Table {
      properties = Collections.unmodifiableMap(new TreeMap<>(properties));
      required = required.stream().sorted(Type::compareNames).toList();
      if (properties.size() > MOST_PROPERTIES) {
        throw new IllegalArgumentException("more than " + MOST_PROPERTIES + " properties");
      }
      for (String name : properties.keySet()) {
        if (name.isEmpty()
            || name.length() > LONGEST_NAME
            || name.equals("/")
            || !Texts.isUnicode(name)) {
          throw new IllegalArgumentException(
              "a property's name isn't text of 1 to " + LONGEST_NAME + " characters, and not /");
        }
      }
      for (int i = 0; i < required.size(); i++) {
        String name = required.get(i);
        Schema schema = properties.get(name);
        if (schema == null) {
          throw new IllegalArgumentException("required property '" + name + "' isn't described");
        }
        if (schema.defaultValue().isPresent()) {
          throw new IllegalArgumentException("required property '" + name + "' has a default");
        }
        if (i > 0 && name.equals(required.get(i - 1))) {
          throw new IllegalArgumentException("property '" + name + "' is required twice");
        }
      }
    }
  }

  /// `additionalProperties`: what a [Table] holds besides its properties.
  sealed interface Rest {
    /// Nothing.
    record None() implements Rest {}

    /// Any value.
    record Any() implements Rest {}

    /// Values that `schema` describes.
    record Each(Schema schema) implements Rest {
      public Each {
        if (schema.defaultValue().isPresent()) {
          throw new IllegalArgumentException("an additional property has no default");
        }
      }
    }
  }

  /// The word for it in a schema.
  default String word() {
    return switch (this) {
      case Null _ -> "null";
      case Bool _ -> "boolean";
      case Int _ -> "integer";
      case Num _ -> "number";
      case Text _ -> "string";
      case Bytes _ -> "bytes";
      case Link _ -> "link";
      case Array _ -> "array";
      case Table _ -> "object";
    };
  }

  /// The order of map keys in the encoding: shorter first, then bytewise.
  private static int compareNames(String a, String b) {
    return Arrays.compareUnsigned(Cbor.encode(Item.of(a)), Cbor.encode(Item.of(b)));
  }

  private static void ordered(int least, int most, String low, String high) {
    if (least < 0) {
      throw new IllegalArgumentException(low + " is negative");
    }
    if (least > most) {
      throw new IllegalArgumentException(low + " is above " + high);
    }
  }
}
