package org.promisegrid.cli.function;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ImageReference;

/// The way to write a function in a file, YAML or JSON: one entry of a template's `functions:`.
///
/// ```yaml
/// pure: true
/// accepts: image/png
/// parameters: {width: {type: integer, default: 320}}
/// argv: ["-w", "${width}"]
/// limits: {time: 5s, memory: 128MiB}
/// forms: [{wasm: ./thumb.wasm}]
/// ```
///
/// Beside the keys of a descriptor there are those of its terms: `limits` (`time`, `memory`,
/// `output`, `log`), `isolation`, `place`, `within`, `price`, `cache`, `reach`, and `secrets`:
/// which secret fills which slot. `parameters` is a mapping, whose order is that of the arguments.
/// A form's code is a path, relative to the file's folder, or a CID; of an image also what a
/// registry has, by its digest: [PinnedImage]; or `build:`, what [ImageRecipe] says.
public final class DescriptorFile {

  private static final Set<String> TERMS =
      Set.of("limits", "isolation", "place", "within", "price", "cache", "reach");
  private static final Set<String> SIZES = Set.of("memory", "output", "log");

  private DescriptorFile() {}

  /// Reads one function.
  ///
  /// @param name of the file, for messages
  /// @param folder what paths in it are relative to
  /// @throws MalformedException if it isn't a function, or contradicts itself
  public static Draft parse(String text, String name, Path folder) throws MalformedException {
    return draft(Yaml.parse(text, name), name, folder);
  }

  /// Takes one function out of a larger file.
  ///
  /// @param where it stands, for messages
  /// @throws MalformedException if it isn't a function, or contradicts itself
  public static Draft draft(Yaml function, String where, Path folder) throws MalformedException {
    if (!(function instanceof Yaml.Mapping(SequencedMap<String, Yaml> entries))) {
      throw new MalformedException(where + ": a function is a mapping");
    }
    try {
      List<Draft.Source> code = new ArrayList<>();
      Map<String, Item> descriptor = new LinkedHashMap<>();
      Map<String, Item> terms = new LinkedHashMap<>();
      for (Map.Entry<String, Yaml> entry : entries.entrySet()) {
        String key = entry.getKey();
        Yaml value = entry.getValue();
        if (key.equals("secrets")) {
          terms.put("slots", secrets(value));
        } else if (TERMS.contains(key)) {
          terms.put(key, term(key, value));
        } else {
          descriptor.put(
              key,
              switch (key) {
                case "parameters" -> parameters(value);
                case "forms" -> forms(value, folder, code);
                case "accepts", "kept" -> list(value.item());
                default -> value.item();
              });
        }
      }
      return new Draft(
          Descriptor.of(Item.table(descriptor)), code, Terms.decode(Item.table(terms)));
    } catch (MalformedException | IllegalArgumentException e) {
      throw new MalformedException(where + ": " + e.getMessage(), e);
    }
  }

  private static Item parameters(Yaml value) throws MalformedException {
    if (!(value instanceof Yaml.Mapping(SequencedMap<String, Yaml> entries))) {
      throw new MalformedException("parameters: a mapping of names to schemas is expected");
    }
    List<Item> pairs = new ArrayList<>();
    for (Map.Entry<String, Yaml> entry : entries.entrySet()) {
      pairs.add(Item.array(Item.of(entry.getKey()), entry.getValue().item()));
    }
    return Item.array(pairs);
  }

  /// One thing may stand for a list of one.
  private static Item list(Item value) {
    return value instanceof Item.Array ? value : Item.array(value);
  }

  private static Item forms(Yaml value, Path folder, List<Draft.Source> code)
      throws MalformedException {
    if (!(value instanceof Yaml.Sequence(List<Yaml> elements))) {
      throw new MalformedException("forms: a sequence is expected, such as [{wasm: ./x.wasm}]");
    }
    List<Item> forms = new ArrayList<>();
    for (Yaml element : elements) {
      if (!(element instanceof Yaml.Mapping(SequencedMap<String, Yaml> entries))) {
        throw new MalformedException("forms: each is a kind and its code, such as wasm: ./x.wasm");
      }
      Item.TableBuilder form = Item.table();
      for (Map.Entry<String, Yaml> entry : entries.entrySet()) {
        if (entry.getKey().equals("attributes")) {
          form.put("attributes", entry.getValue().item());
        } else {
          Draft.Source source = source(entry.getKey(), entry.getValue().item(), folder);
          code.add(source);
          form.put(entry.getKey(), standIn(source));
        }
      }
      forms.add(form.build());
    }
    return Item.array(forms);
  }

  private static Draft.Source source(String kind, Item code, Path folder)
      throws MalformedException {
    if (code instanceof Item.Link(Cid cid)) {
      return new Draft.Source.Content(cid);
    }
    if (kind.equals("image")) {
      Optional<ImageRecipe> recipe = recipe(code, folder);
      if (recipe.isPresent()) {
        return new Draft.Source.Build(recipe.get());
      }
    }
    if (!(code instanceof Item.Text(String text)) || text.isEmpty()) {
      throw new MalformedException("form " + kind + ": a path or a CID is expected");
    }
    Optional<Cid> cid = cid(text);
    if (cid.isPresent()) {
      return new Draft.Source.Content(cid.get());
    }
    if (kind.equals("image")) {
      Optional<ImageReference> reference;
      try {
        reference = PinnedImage.of(text, folder);
      } catch (MalformedException | IllegalArgumentException e) {
        throw new MalformedException("form image: " + e.getMessage(), e);
      }
      if (reference.isPresent()) {
        return new Draft.Source.Text(reference.get().bytes());
      }
    }
    try {
      return new Draft.Source.File(folder.resolve(text).normalize());
    } catch (InvalidPathException e) {
      throw new MalformedException("form " + kind + ": not a path", e);
    }
  }

  private static Optional<ImageRecipe> recipe(Item code, Path folder) throws MalformedException {
    try {
      return ImageRecipe.of(code, folder);
    } catch (MalformedException | IllegalArgumentException e) {
      throw new MalformedException("form image: " + e.getMessage(), e);
    }
  }

  /// A name for code that has none yet: other files, other names.
  private static Cid standIn(Draft.Source source) {
    return switch (source) {
      case Draft.Source.Content(Cid cid) -> cid;
      case Draft.Source.Text(byte[] bytes) -> Cid.of(bytes);
      case Draft.Source.File(Path path) ->
          Cid.of(("file " + path).getBytes(StandardCharsets.UTF_8));
      case Draft.Source.Build(ImageRecipe recipe) ->
          Cid.of(("build " + recipe).getBytes(StandardCharsets.UTF_8));
    };
  }

  private static Optional<Cid> cid(String text) {
    try {
      return Optional.of(Cid.parse(text));
    } catch (IllegalArgumentException _) {
      // A path then.
      return Optional.empty();
    }
  }

  /// `secrets: {db: db-password}` fills the slot `db`.
  private static Item secrets(Yaml value) throws MalformedException {
    if (!(value instanceof Yaml.Mapping(SequencedMap<String, Yaml> entries))) {
      throw new MalformedException("secrets: a mapping of slots to names of secrets is expected");
    }
    Map<String, Item> slots = new LinkedHashMap<>();
    for (Map.Entry<String, Yaml> entry : entries.entrySet()) {
      slots.put(entry.getKey(), Item.table().put("secret", entry.getValue().item()).build());
    }
    return Item.table(slots);
  }

  private static Item term(String key, Yaml value) throws MalformedException {
    if (key.equals("within")) {
      return time(key, value.item());
    }
    if (!key.equals("limits") || !(value instanceof Yaml.Mapping(var entries))) {
      return value.item();
    }
    Map<String, Item> limits = new LinkedHashMap<>();
    for (Map.Entry<String, Yaml> entry : entries.entrySet()) {
      Item limit = entry.getValue().item();
      String path = "limits." + entry.getKey();
      if (entry.getKey().equals("time")) {
        limit = time(path, limit);
      } else if (SIZES.contains(entry.getKey()) && limit instanceof Item.Text(String text)) {
        limit = Item.of(size(path, text));
      }
      limits.put(entry.getKey(), limit);
    }
    return Item.table(limits);
  }

  private static Item time(String path, Item value) throws MalformedException {
    if (!(value instanceof Item.Text(String text))) {
      throw new MalformedException(path + ": a time with its unit is expected, such as 5s");
    }
    try {
      return Item.of(Quantity.time(text).toMillis());
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new MalformedException(path + ": " + e.getMessage(), e);
    }
  }

  private static long size(String path, String text) throws MalformedException {
    try {
      return Quantity.size(text);
    } catch (IllegalArgumentException e) {
      throw new MalformedException(path + ": " + e.getMessage(), e);
    }
  }
}
