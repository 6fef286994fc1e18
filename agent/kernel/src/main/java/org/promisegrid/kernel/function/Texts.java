package org.promisegrid.kernel.function;

import java.util.ArrayList;
import java.util.List;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// Text inside items, and what may be in it.
final class Texts {

  private Texts() {}

  /// The elements of an array of text.
  static List<String> of(List<Item> items, String what) throws MalformedException {
    List<String> texts = new ArrayList<>(items.size());
    for (Item item : items) {
      if (!(item instanceof Item.Text(String text))) {
        throw new MalformedException(what + " is not an array of text");
      }
      texts.add(text);
    }
    return texts;
  }

  static Item array(List<String> texts) {
    return Item.array(texts.stream().map(Item::of).toList());
  }

  /// Whether every surrogate has its other half, so that the text can be encoded.
  static boolean isUnicode(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (!Character.isHighSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  /// For messages: what others wrote may be long.
  static String shorten(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }
}
