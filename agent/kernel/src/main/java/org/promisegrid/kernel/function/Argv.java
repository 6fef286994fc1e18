package org.promisegrid.kernel.function;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.promisegrid.kernel.message.Item;

/// How canonical parameters become a program's arguments. Each element becomes whole arguments; no
/// shell ever reads them.
///
/// In an element, `${name}` stands for a parameter's value and `$$` for a dollar sign. An element
/// that is nothing but `${name}` of an array becomes one argument for each of its elements. An
/// element whose parameter stays away is left out.
public record Argv(List<String> elements) {

  /// Most elements of a template.
  public static final int MOST_ELEMENTS = 1024;

  /// Longest argument in bytes of UTF-8: the least that a system we run programs on allows, Linux's
  /// 32 pages of 4 KiB less the terminating NUL.
  public static final int LONGEST_ARGUMENT = 32 * 4096 - 1;

  /// Most arguments, and most bytes of all of them with a NUL each: they and their pointers stay
  /// below the 2 MiB that Linux gives to arguments and environment.
  public static final int MOST_ARGUMENTS = 16_384;

  public static final int MOST_BYTES = 1 << 20;

  /// @throws IllegalArgumentException if an element isn't a template, holds NUL, or there are too
  ///   many
  public Argv {
    elements = List.copyOf(elements);
    if (elements.size() > MOST_ELEMENTS) {
      throw new IllegalArgumentException("more than " + MOST_ELEMENTS + " elements in argv");
    }
    elements.forEach(Argv::parts);
  }

  /// What holds for a function that doesn't say: `--name=value` for each parameter in declared
  /// order.
  public static Argv standard(Parameters parameters) {
    return new Argv(
        parameters.list().stream()
            .map(parameter -> "--" + parameter.name() + "=${" + parameter.name() + "}")
            .toList());
  }

  /// The names of the parameters that the template speaks of.
  List<String> names() {
    List<String> names = new ArrayList<>();
    for (String element : elements) {
      for (Part part : parts(element)) {
        if (part instanceof Part.Value(String name)) {
          names.add(name);
        }
      }
    }
    return names;
  }

  /// The arguments of a call.
  ///
  /// @param canonical what [Parameters#coerce] made
  /// @throws InvalidException if a value holds NUL, or the arguments are too long or too many
  public List<String> arguments(Parameters parameters, Item.Table canonical)
      throws InvalidException {
    List<String> arguments = new ArrayList<>();
    long size = 0;
    for (String element : elements) {
      for (String argument : expand(parts(element), parameters, canonical)) {
        int length = argument.getBytes(StandardCharsets.UTF_8).length;
        size += length + 1;
        String where = Texts.shorten(element);
        if (argument.indexOf('\0') >= 0) {
          throw new InvalidException(where, "a value without NUL");
        }
        if (length > LONGEST_ARGUMENT) {
          throw new InvalidException(where, "at most " + LONGEST_ARGUMENT + " bytes of argument");
        }
        arguments.add(argument);
        if (arguments.size() > MOST_ARGUMENTS || size > MOST_BYTES) {
          throw new InvalidException(
              where,
              "at most " + MOST_ARGUMENTS + " arguments of " + MOST_BYTES + " bytes together");
        }
      }
    }
    return List.copyOf(arguments);
  }

  private static List<String> expand(
      List<Part> parts, Parameters parameters, Item.Table canonical) {
    if (parts.size() == 1
        && parts.getFirst() instanceof Part.Value(String name)
        && canonical.get(name).orElse(Item.NULL) instanceof Item.Array(List<Item> items)
        && type(parameters, name) instanceof Type.Array array) {
      return items.stream().map(item -> JsonText.plain(array.items().type(), item)).toList();
    }
    StringBuilder argument = new StringBuilder();
    for (Part part : parts) {
      switch (part) {
        case Part.Literal(String text) -> argument.append(text);
        case Part.Value(String name) -> {
          Optional<Item> value = canonical.get(name);
          if (value.isEmpty()) {
            return List.of();
          }
          argument.append(JsonText.plain(type(parameters, name), value.get()));
        }
      }
    }
    return List.of(argument.toString());
  }

  private static Type type(Parameters parameters, String name) {
    return parameters
        .named(name)
        .orElseThrow(() -> new IllegalArgumentException("no parameter '" + name + "'"))
        .schema()
        .type();
  }

  private static List<Part> parts(String element) {
    if (element.indexOf('\0') >= 0 || !Texts.isUnicode(element)) {
      throw new IllegalArgumentException("an element of argv holds NUL or half a character");
    }
    if (element.getBytes(StandardCharsets.UTF_8).length > LONGEST_ARGUMENT) {
      throw new IllegalArgumentException(
          "an element of argv is longer than " + LONGEST_ARGUMENT + " bytes");
    }
    List<Part> parts = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    int at = 0;
    while (at < element.length()) {
      char c = element.charAt(at);
      if (c != '$') {
        literal.append(c);
        at++;
      } else if (element.startsWith("$$", at)) {
        literal.append('$');
        at += 2;
      } else {
        int end = element.startsWith("${", at) ? element.indexOf('}', at) : -1;
        String name = end < 0 ? "" : element.substring(at + 2, end);
        if (!Parameter.isName(name)) {
          throw new IllegalArgumentException(
              "in argv, $ begins ${name} of a parameter, or $$ for itself: "
                  + Texts.shorten(element));
        }
        if (!literal.isEmpty()) {
          parts.add(new Part.Literal(literal.toString()));
          literal.setLength(0);
        }
        parts.add(new Part.Value(name));
        at = end + 1;
      }
    }
    if (!literal.isEmpty() || parts.isEmpty()) {
      parts.add(new Part.Literal(literal.toString()));
    }
    return parts;
  }

  private sealed interface Part {
    record Literal(String text) implements Part {}

    record Value(String name) implements Part {}
  }
}
