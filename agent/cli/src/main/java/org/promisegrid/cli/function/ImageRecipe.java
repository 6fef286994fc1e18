package org.promisegrid.cli.function;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// An image that is to be built: `build: ./wiki`, or
///
///     build: {context: ./wiki, file: Dockerfile, arguments: {version: "1.2"}, stage: small}
///
/// @param context the folder that the recipe may copy from
/// @param file the recipe, a path in that folder with `/` between its names
/// @param arguments by the name that the recipe declares
/// @param stage the last one to be made; the recipe's last one if empty
public record ImageRecipe(
    Path context, String file, Map<String, String> arguments, Optional<String> stage) {

  private static final String USUAL_FILE = "Dockerfile";

  public ImageRecipe {
    arguments = Map.copyOf(arguments);
    if (file.isEmpty() || file.startsWith("/") || Path.of(file).normalize().startsWith("..")) {
      throw new IllegalArgumentException("a recipe is a path in its folder, not " + file);
    }
    file = Path.of(file).normalize().toString();
  }

  /// The usual recipe of a folder.
  public static ImageRecipe of(Path context, Optional<String> file) {
    return new ImageRecipe(context, file.orElse(USUAL_FILE), Map.of(), Optional.empty());
  }

  /// What stands at `image`, if it says that it is to be built.
  ///
  /// @param folder where relative paths begin
  /// @throws MalformedException if it says so, and not how
  public static Optional<ImageRecipe> of(Item item, Path folder) throws MalformedException {
    if (!(item instanceof Item.Table table) || table.get("build").isEmpty()) {
      return Optional.empty();
    }
    if (table.entries().size() != 1) {
      throw new MalformedException("beside build there is nothing");
    }
    Item build = table.get("build").get();
    if (build instanceof Item.Text(String context)) {
      return Optional.of(of(path(context, folder), Optional.empty()));
    }
    if (!(build instanceof Item.Table(Map<Item, Item> entries))) {
      throw new MalformedException("build: a folder, or a mapping with context");
    }
    Optional<String> context = Optional.empty();
    Optional<String> file = Optional.empty();
    Optional<String> stage = Optional.empty();
    Map<String, String> arguments = Map.of();
    for (Map.Entry<Item, Item> entry : entries.entrySet()) {
      String key = text("build", entry.getKey());
      switch (key) {
        case "context" -> context = Optional.of(text(key, entry.getValue()));
        case "file" -> file = Optional.of(text(key, entry.getValue()));
        case "stage" -> stage = Optional.of(text(key, entry.getValue()));
        case "arguments" -> arguments = arguments(entry.getValue());
        default ->
            throw new MalformedException(
                "build: there is context, file, arguments and stage, and no " + key);
      }
    }
    if (context.isEmpty()) {
      throw new MalformedException("build: context is missing, the folder");
    }
    return Optional.of(
        new ImageRecipe(path(context.get(), folder), file.orElse(USUAL_FILE), arguments, stage));
  }

  private static Map<String, String> arguments(Item item) throws MalformedException {
    if (!(item instanceof Item.Table(Map<Item, Item> entries))) {
      throw new MalformedException("build: arguments is a mapping");
    }
    Map<String, String> arguments = new LinkedHashMap<>();
    for (Map.Entry<Item, Item> entry : entries.entrySet()) {
      String value =
          entry.getValue() instanceof Item.Int(long number)
              ? Long.toString(number)
              : text("arguments", entry.getValue());
      arguments.put(text("arguments", entry.getKey()), value);
    }
    return arguments;
  }

  private static String text(String key, Item item) throws MalformedException {
    if (item instanceof Item.Text(String text)) {
      return text;
    }
    throw new MalformedException("build: " + key + ": a text is expected");
  }

  private static Path path(String text, Path folder) throws MalformedException {
    try {
      return folder.resolve(text).normalize();
    } catch (InvalidPathException e) {
      throw new MalformedException("build: not a path: " + text, e);
    }
  }
}
