package org.promisegrid.shim;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the protocol can carry of texts.
final class Words {

  private static final int MOST = 4_096;
  private static final int MOST_BYTES = 1 << 20;
  private static final int LONGEST_PATH = 4_095;

  private Words() {}

  /// @throws IllegalArgumentException if it can't carry them
  static void check(
      List<String> arguments,
      Map<String, String> environment,
      Optional<String> directory,
      Optional<Command.Spool> spool) {
    if (arguments.isEmpty()) {
      throw new IllegalArgumentException("nothing to be run");
    }
    if (arguments.size() > MOST || environment.size() > MOST) {
      throw new IllegalArgumentException("more than " + MOST + " arguments or variables");
    }
    long size = 0;
    for (String argument : arguments) {
      size += length(argument);
    }
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      if (variable.getKey().isEmpty() || variable.getKey().contains("=")) {
        throw new IllegalArgumentException("not a variable's name: " + variable.getKey());
      }
      size += length(variable(variable));
    }
    size += directory.map(Words::length).orElse(0);
    size += spool.map(Command.Spool::folder).map(Words::length).orElse(0);
    if (size > MOST_BYTES) {
      throw new IllegalArgumentException("arguments and variables of " + size + " bytes");
    }
  }

  /// @throws IllegalArgumentException if no file can lie there
  static void checkPath(String path) {
    int length = bytes(path).length;
    if (length == 0 || length > LONGEST_PATH) {
      throw new IllegalArgumentException("a path of " + length + " bytes");
    }
  }

  static String variable(Map.Entry<String, String> variable) {
    return variable.getKey() + "=" + variable.getValue();
  }

  /// With the zero that ends it.
  private static int length(String word) {
    int length = bytes(word).length + 1;
    if (length > Frame.LONGEST) {
      throw new IllegalArgumentException("a word of " + (length - 1) + " bytes");
    }
    return length;
  }

  /// UTF-8 without zeros.
  static byte[] bytes(String word) {
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(word));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      if (word.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("a word with a zero in it");
      }
      return bytes;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("a word that isn't Unicode", e);
    }
  }
}
