package org.promisegrid.kernel.message;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Values that every notation can say: null, booleans, whole numbers, text, bytes, links, and
/// arrays and text-keyed maps of those.
final class Plain {

  private Plain() {}

  /// @throws MalformedException if there is anything else in `item`, which it calls `what`
  static void require(Item item, String what) throws MalformedException {
    String fault = fault(item);
    if (fault != null) {
      throw new MalformedException(what + " hold " + fault);
    }
  }

  /// @throws IllegalArgumentException if there is anything else in `item`, which it calls `what`
  static void check(Item item, String what) {
    String fault = fault(item);
    if (fault != null) {
      throw new IllegalArgumentException(what + " hold " + fault);
    }
  }

  private static @Nullable String fault(Item item) {
    switch (item) {
      case Item.Tagged tagged -> {
        return "tag " + tagged.tag();
      }
      case Item.Array array -> {
        for (Item element : array.items()) {
          String fault = fault(element);
          if (fault != null) {
            return fault;
          }
        }
      }
      case Item.Table table -> {
        for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
          String fault =
              entry.getKey() instanceof Item.Text
                  ? fault(entry.getValue())
                  : "a map with a key that is not text";
          if (fault != null) {
            return fault;
          }
        }
      }
      case Item.Null _, Item.Bool _, Item.Int _, Item.Text _, Item.Bytes _, Item.Link _ -> {}
    }
    return null;
  }
}
