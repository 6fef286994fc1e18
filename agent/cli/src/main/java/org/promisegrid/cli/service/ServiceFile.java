package org.promisegrid.cli.service;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import org.promisegrid.cli.function.Draft;
import org.promisegrid.cli.function.ImageRecipe;
import org.promisegrid.cli.function.PinnedImage;
import org.promisegrid.cli.function.Quantity;
import org.promisegrid.cli.function.Yaml;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ImageReference;

/// The way to write a service in a file, YAML or JSON: a template with one entry in `services:`.
///
/// ```yaml
/// services:
///   wiki:
///     image: ./wiki.tar
///     security: image
///     ports: ["8080:80"]
///     volumes: {data: /var/lib/wiki}
///     files: {/etc/wiki/local.conf: ./local.conf}
///     secrets: {db: /run/secrets/db}
///     limits: {memory: 512MiB, cpus: 1.5}
///     health: {http: "http://:80/ping", every: 10s, within: 2m}
///     restart: {policy: failure, most: 5, within: 10m}
///     stop: {grace: 30s}
/// ```
///
/// Keys are those of document `stack`; times and sizes have units, ports and binds may be one word
/// each, images and files are paths relative to the file's folder, or CIDs; an image also what a
/// registry has, by its digest: [PinnedImage]; or `build:`, what [ImageRecipe] says.
///
/// @param name of the service
public record ServiceFile(String name, ServiceDraft draft) {

  private static final Set<String> TIMES = Set.of("every", "timeout", "within", "grace");

  /// Reads one service.
  ///
  /// @param label of the file, for messages
  /// @param folder what paths in it are relative to
  /// @throws MalformedException if it isn't a template of one service
  public static ServiceFile parse(String text, String label, Path folder)
      throws MalformedException {
    if (!(Yaml.parse(text, label) instanceof Yaml.Mapping(SequencedMap<String, Yaml> template))
        || !(template.get("services")
            instanceof Yaml.Mapping(SequencedMap<String, Yaml> services))) {
      throw new MalformedException(label + ": a template with `services:` is expected");
    }
    for (String key : template.keySet()) {
      if (!key.equals("services")) {
        throw new MalformedException(label + ": `" + key + ":` isn't built yet");
      }
    }
    if (services.size() != 1) {
      throw new MalformedException(
          label + ": one service is expected, and there are " + services.size());
    }
    String name = services.firstEntry().getKey();
    String where = label + ": services." + name;
    if (!(services.firstEntry().getValue()
        instanceof Yaml.Mapping(SequencedMap<String, Yaml> service))) {
      throw new MalformedException(where + ": a service is a mapping");
    }
    try {
      return new ServiceFile(name, draft(service, folder));
    } catch (MalformedException | IllegalArgumentException e) {
      throw new MalformedException(where + "." + e.getMessage(), e);
    }
  }

  private static ServiceDraft draft(SequencedMap<String, Yaml> service, Path folder)
      throws MalformedException {
    Map<String, Item> entries = new LinkedHashMap<>();
    Optional<Draft.Source> image = Optional.empty();
    Map<String, ServiceDraft.File> files = new LinkedHashMap<>();
    for (Map.Entry<String, Yaml> entry : service.entrySet()) {
      Yaml value = entry.getValue();
      try {
        switch (entry.getKey()) {
          case "image" -> image = Optional.of(image(value.item(), folder));
          case "files" -> files = files(mapping(value), folder);
          default -> entries.put(entry.getKey(), entry(entry.getKey(), value));
        }
      } catch (MalformedException | IllegalArgumentException e) {
        throw new MalformedException(entry.getKey() + ": " + e.getMessage(), e);
      }
    }
    return new ServiceDraft(entries, image, files);
  }

  private static Item entry(String key, Yaml value) throws MalformedException {
    return switch (key) {
      case "entrypoint", "command" -> texts(Shorthand.list(value.item()));
      case "environment" -> words(mapping(value));
      case "user" -> word(value.item());
      case "limits" -> limits(mapping(value));
      case "ports" -> elements(value, item -> Shorthand.port(plain(item)));
      case "networks" -> elements(value, item -> Shorthand.network(plain(item)));
      case "binds" -> elements(value, item -> Shorthand.bind(plain(item)));
      case "volumes" -> volumes(mapping(value));
      case "health" -> health(mapping(value));
      case "restart" ->
          value instanceof Yaml.Scalar(Item policy)
              ? Item.table().put("policy", policy(policy)).build()
              : timed(mapping(value));
      case "stop" -> timed(mapping(value));
      case "log" -> log(mapping(value));
      default -> value.item();
    };
  }

  private static SequencedMap<String, Yaml> mapping(Yaml value) throws MalformedException {
    if (value instanceof Yaml.Mapping(SequencedMap<String, Yaml> entries)) {
      return entries;
    }
    throw new MalformedException("a mapping is expected");
  }

  private interface Word {
    Item item(Item word) throws MalformedException;
  }

  /// A sequence whose elements may be words.
  private static Item elements(Yaml value, Word word) throws MalformedException {
    List<Yaml> elements =
        value instanceof Yaml.Sequence(List<Yaml> several) ? several : List.of(value);
    List<Item> items = new ArrayList<>();
    for (Yaml element : elements) {
      items.add(element instanceof Yaml.Scalar(Item item) ? word.item(item) : element.item());
    }
    return Item.array(items);
  }

  private static String plain(Item item) throws MalformedException {
    return switch (item) {
      case Item.Text(String text) -> text;
      case Item.Int(long number) -> Long.toString(number);
      case Item.Bool(boolean value) -> Boolean.toString(value);
      default -> throw new MalformedException("a word is expected");
    };
  }

  private static Item word(Item item) throws MalformedException {
    return Item.of(plain(item));
  }

  private static Item texts(Item list) throws MalformedException {
    List<Item> texts = new ArrayList<>();
    for (Item each : ((Item.Array) list).items()) {
      texts.add(word(each));
    }
    return Item.array(texts);
  }

  private static Item words(SequencedMap<String, Yaml> entries) throws MalformedException {
    Map<String, Item> words = new LinkedHashMap<>();
    for (Map.Entry<String, Yaml> entry : entries.entrySet()) {
      words.put(entry.getKey(), word(entry.getValue().item()));
    }
    return Item.table(words);
  }

  private static Item volumes(SequencedMap<String, Yaml> entries) throws MalformedException {
    Map<String, Item> volumes = new LinkedHashMap<>();
    for (Map.Entry<String, Yaml> entry : entries.entrySet()) {
      Item item = entry.getValue().item();
      volumes.put(
          entry.getKey(), item instanceof Item.Text(String text) ? Shorthand.volume(text) : item);
    }
    return Item.table(volumes);
  }

  private static Item limits(SequencedMap<String, Yaml> entries) throws MalformedException {
    Map<String, Item> limits = new LinkedHashMap<>();
    for (Map.Entry<String, Yaml> entry : entries.entrySet()) {
      Item item = entry.getValue().item();
      limits.put(
          entry.getKey(),
          switch (entry.getKey()) {
            case "memory" -> size(item);
            case "cpus" -> Item.of(Shorthand.cpus(plain(item)));
            default -> item;
          });
    }
    return Item.table(limits);
  }

  private static Item log(SequencedMap<String, Yaml> entries) throws MalformedException {
    Map<String, Item> log = new LinkedHashMap<>();
    for (Map.Entry<String, Yaml> entry : entries.entrySet()) {
      Item item = entry.getValue().item();
      log.put(entry.getKey(), entry.getKey().equals("size") ? size(item) : item);
    }
    return Item.table(log);
  }

  private static Item health(SequencedMap<String, Yaml> entries) throws MalformedException {
    Map<String, Item> health = new LinkedHashMap<>();
    SequencedMap<String, Yaml> others = new LinkedHashMap<>(entries);
    for (String check : List.of("http", "tcp")) {
      if (others.get(check) instanceof Yaml.Scalar(Item.Text(String text))) {
        others.remove(check);
        String url = text.contains("://") ? text : check + "://" + text;
        for (Map.Entry<Item, Item> each : Shorthand.health(url).entries().entrySet()) {
          health.put(plain(each.getKey()), each.getValue());
        }
      }
    }
    for (Map.Entry<Item, Item> each : timed(others).entries().entrySet()) {
      health.put(plain(each.getKey()), each.getValue());
    }
    return Item.table(health);
  }

  /// A mapping in which some keys are times.
  private static Item.Table timed(SequencedMap<String, Yaml> entries) throws MalformedException {
    Map<String, Item> items = new LinkedHashMap<>();
    for (Map.Entry<String, Yaml> entry : entries.entrySet()) {
      Item item = entry.getValue().item();
      items.put(
          entry.getKey(),
          switch (entry.getKey()) {
            case "policy" -> policy(item);
            default -> TIMES.contains(entry.getKey()) ? time(entry.getKey(), item) : item;
          });
    }
    return Item.table(items);
  }

  /// `on-failure` is what others call `failure`.
  static Item policy(Item item) {
    return item.equals(Item.of("on-failure")) ? Item.of("failure") : item;
  }

  private static Item time(String key, Item item) throws MalformedException {
    if (!(item instanceof Item.Text(String text))) {
      throw new MalformedException(key + ": a time with its unit is expected, such as 10s");
    }
    return Item.of(Quantity.time(text).toMillis());
  }

  private static Item size(Item item) throws MalformedException {
    if (!(item instanceof Item.Text(String text))) {
      throw new MalformedException("a size with its unit is expected, such as 512MiB");
    }
    return Item.of(Quantity.size(text));
  }

  private static Map<String, ServiceDraft.File> files(
      SequencedMap<String, Yaml> entries, Path folder) throws MalformedException {
    Map<String, ServiceDraft.File> files = new LinkedHashMap<>();
    for (Map.Entry<String, Yaml> entry : entries.entrySet()) {
      Item content = entry.getValue().item();
      OptionalLong mode = OptionalLong.empty();
      if (entry.getValue() instanceof Yaml.Mapping(SequencedMap<String, Yaml> file)) {
        if (!Set.of("content", "mode").containsAll(file.keySet())) {
          throw new MalformedException(entry.getKey() + ": has content and mode, and nothing else");
        }
        Yaml from = file.get("content");
        if (from == null) {
          throw new MalformedException(entry.getKey() + ": has no content");
        }
        content = from.item();
        Yaml permissions = file.get("mode");
        if (permissions != null) {
          mode = OptionalLong.of(Shorthand.mode(plain(permissions.item())));
        }
      }
      files.put(entry.getKey(), new ServiceDraft.File(source(content, folder), mode));
    }
    return files;
  }

  private static Draft.Source source(Item item, Path folder) throws MalformedException {
    if (item instanceof Item.Link(Cid cid)) {
      return new Draft.Source.Content(cid);
    }
    if (item instanceof Item.Text(String text) && !text.isEmpty()) {
      return source(text, folder);
    }
    throw new MalformedException("a path or a CID is expected");
  }

  private static Draft.Source image(Item item, Path folder) throws MalformedException {
    Optional<ImageRecipe> recipe = ImageRecipe.of(item, folder);
    if (recipe.isPresent()) {
      return new Draft.Source.Build(recipe.get());
    }
    return item instanceof Item.Text(String text) && !text.isEmpty()
        ? image(text, folder)
        : source(item, folder);
  }

  /// Where an image is that a word names: a registry, by its digest; or content.
  ///
  /// @throws MalformedException if it names one that can change
  /// @throws IllegalArgumentException if it is none of these
  public static Draft.Source image(String text, Path folder) throws MalformedException {
    Optional<ImageReference> pinned = PinnedImage.of(text, folder);
    return pinned.isPresent() ? new Draft.Source.Text(pinned.get().bytes()) : source(text, folder);
  }

  /// Where content is that a word names: a CID, or a path.
  ///
  /// @throws IllegalArgumentException if it is neither
  public static Draft.Source source(String text, Path folder) {
    try {
      return new Draft.Source.Content(Cid.parse(text));
    } catch (IllegalArgumentException _) {
      // A path then.
    }
    try {
      return new Draft.Source.File(folder.resolve(text).normalize());
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("not a path: " + e.getMessage(), e);
    }
  }
}
