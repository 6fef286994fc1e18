package org.promisegrid.cli.service;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.promisegrid.cli.function.Draft;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// A service as its author wrote it: what `service.start` takes (document `stack`), but for the
/// content that is still in files.
///
/// @param entries all but `image` and `files`; what they say, the agent judges
/// @param image the archive; absent where the author doesn't say
/// @param files by their paths inside
public record ServiceDraft(
    Map<String, Item> entries, Optional<Draft.Source> image, Map<String, File> files) {

  /// A file of the service.
  ///
  /// @param mode its permissions; absent for the usual ones
  public record File(Draft.Source content, OptionalLong mode) {}

  public ServiceDraft {
    entries = Map.copyOf(entries);
    files = Map.copyOf(files);
  }

  /// The same with what is said elsewhere: entries take the place of those of their names, files
  /// are added.
  public ServiceDraft with(ServiceDraft other) {
    Map<String, Item> all = new LinkedHashMap<>(entries);
    all.putAll(other.entries);
    Map<String, File> together = new LinkedHashMap<>(files);
    together.putAll(other.files);
    return new ServiceDraft(all, other.image.or(() -> image), together);
  }

  /// Whether it says nothing.
  public boolean isEmpty() {
    return entries.isEmpty() && image.isEmpty() && files.isEmpty();
  }

  /// The service, once all of it is content.
  ///
  /// @param put puts what is a file, and tells its name
  public Item.Table service(Function<Draft.Source, Cid> put) {
    Map<String, Item> service = new LinkedHashMap<>(entries);
    image.ifPresent(source -> service.put("image", Item.of(put.apply(source))));
    if (!files.isEmpty()) {
      Map<String, Item> items = new LinkedHashMap<>();
      files.forEach((path, file) -> {
        Item.TableBuilder item = Item.table().put("content", put.apply(file.content()));
        file.mode().ifPresent(mode -> item.put("mode", mode));
        items.put(path, item.build());
      });
      service.put("files", Item.table(items));
    }
    return Item.table(service);
  }
}
