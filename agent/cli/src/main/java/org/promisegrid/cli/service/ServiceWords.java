package org.promisegrid.cli.service;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.promisegrid.cli.function.Draft;
import org.promisegrid.cli.function.ImageRecipe;
import org.promisegrid.cli.function.Quantity;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// A service as the words of a command line say it.
public final class ServiceWords {

  private final Map<String, Item> entries = new LinkedHashMap<>();
  private final Map<String, ServiceDraft.File> files = new LinkedHashMap<>();
  private Optional<Draft.Source> image = Optional.empty();

  /// An entry that is as it is said.
  public ServiceWords put(String key, Item value) {
    entries.put(key, value);
    return this;
  }

  /// What its image is built from.
  ///
  /// @throws IllegalArgumentException if it has an image already
  public ServiceWords build(Path folder) {
    if (image.isPresent()) {
      throw new IllegalArgumentException("an image is named, or built: not both");
    }
    image = Optional.of(new Draft.Source.Build(ImageRecipe.of(folder, Optional.empty())));
    return this;
  }

  /// Its image.
  ///
  /// @param named the path or CID of its archive, or what a registry has, by its digest
  public ServiceWords image(String named) {
    try {
      image = Optional.of(ServiceFile.image(named, Path.of("")));
      return this;
    } catch (MalformedException | IllegalArgumentException e) {
      throw new IllegalArgumentException("image: " + e.getMessage(), e);
    }
  }

  public ServiceWords command(List<String> words) {
    return list("command", words, Item::of);
  }

  /// Ports that can be reached.
  ///
  /// @param words as [ADDRESS:][PORT:]INSIDE[/udp]
  public ServiceWords ports(List<String> words) {
    return list("ports", words, Shorthand::port);
  }

  /// Folders and files of the host.
  ///
  /// @param words as SOURCE:PATH[:ro]
  public ServiceWords binds(List<String> words) {
    return list("binds", words, Shorthand::bind);
  }

  /// Devices.
  public ServiceWords devices(List<String> words) {
    return list("devices", words, Item::of);
  }

  /// Networks, in one word each.
  public ServiceWords networks(List<String> words) {
    return list("networks", words, Shorthand::network);
  }

  private ServiceWords list(String key, List<String> words, Function<String, Item> item) {
    if (!words.isEmpty()) {
      List<Item> items = new ArrayList<>();
      words.forEach(word -> items.add(item.apply(word)));
      entries.put(key, Item.array(items));
    }
    return this;
  }

  /// Volumes.
  ///
  /// @param words as NAME:PATH[:ro][:external]
  public ServiceWords volumes(List<String> words) {
    return pairs("volumes", words, ":", Shorthand::volume);
  }

  /// Variables.
  ///
  /// @param words as NAME=VALUE
  public ServiceWords environment(List<String> words) {
    return pairs("environment", words, "=", Item::of);
  }

  /// Secrets, and where they lie.
  ///
  /// @param words as NAME=PATH
  public ServiceWords secrets(List<String> words) {
    return pairs("secrets", words, "=", Item::of);
  }

  /// The most that it may use.
  ///
  /// @param words as memory=SIZE, cpus=NUMBER, pids=NUMBER
  public ServiceWords limits(List<String> words) {
    return pairs(
        "limits",
        words,
        "=",
        (name, text) ->
            switch (name) {
              case "memory" -> Item.of(Quantity.size(text));
              case "cpus" -> Item.of(Shorthand.cpus(text));
              case "pids" -> Item.of(whole(text));
              default ->
                  throw new IllegalArgumentException(
                      "there is no limit '" + name + "': there are memory, cpus and pids");
            });
  }

  private static long whole(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a whole number: " + text, e);
    }
  }

  private ServiceWords pairs(
      String key, List<String> words, String between, Function<String, Item> item) {
    return pairs(key, words, between, (_, text) -> item.apply(text));
  }

  private interface Valued {
    Item item(String name, String text);
  }

  private ServiceWords pairs(String key, List<String> words, String between, Valued valued) {
    Map<String, Item> items = new LinkedHashMap<>();
    words.forEach(word -> {
      Map.Entry<String, String> pair = pair(key, word, between);
      if (items.put(pair.getKey(), valued.item(pair.getKey(), pair.getValue())) != null) {
        throw new IllegalArgumentException(key + ": '" + pair.getKey() + "' is there twice");
      }
    });
    if (!items.isEmpty()) {
      entries.put(key, Item.table(items));
    }
    return this;
  }

  private static Map.Entry<String, String> pair(String key, String word, String between) {
    int at = word.indexOf(between);
    if (at < 1) {
      throw new IllegalArgumentException(
          key + ": NAME" + between + "… is expected, and not '" + word + "'");
    }
    return Map.entry(word.substring(0, at), word.substring(at + 1));
  }

  /// Files of its own.
  ///
  /// @param words as PATH=FILE
  public ServiceWords files(List<String> words) {
    for (String word : words) {
      Map.Entry<String, String> pair = pair("files", word, "=");
      files.put(
          pair.getKey(),
          new ServiceDraft.File(
              ServiceFile.source(pair.getValue(), Path.of("")), OptionalLong.empty()));
    }
    return this;
  }

  /// What tells that it is well.
  ///
  /// @param check http://:PORT/PATH or tcp://:PORT
  public ServiceWords health(String check) {
    entries.put("health", Shorthand.health(check));
    return this;
  }

  /// When it is started again.
  ///
  /// @param policy always, on-failure or never
  public ServiceWords restart(String policy) {
    return put("restart", Item.table().put("policy", ServiceFile.policy(Item.of(policy))).build());
  }

  public ServiceDraft draft() {
    return new ServiceDraft(entries, image, files);
  }
}
