package org.promisegrid.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.journal.Journal;

/// Where the index lies. One that is damaged, or doesn't belong to the journal, is removed and made
/// anew: everything in it stands in journal and content.
final class IndexFolder {

  private static final System.Logger LOG = System.getLogger(IndexFolder.class.getName());

  private final Path index;
  private final Path journal;

  IndexFolder(Path home) {
    this.index = home.resolve("index");
    this.journal = home.resolve("journal");
  }

  /// Opens the index, as it is or empty.
  ///
  /// @param whole where the journal ends that an index knows up to a place, without what was cut
  ///   off there; throws if it is damaged before that place
  Index open(LongUnaryOperator whole) {
    if (Files.exists(marked())) {
      remove("it was found to be damaged");
    }
    try {
      Index opened = Index.open(index);
      Optional<String> why = unfit(opened, whole);
      if (why.isEmpty()) {
        return opened;
      }
      opened.close();
      remove(why.get());
    } catch (StorageException e) {
      if (!isDamage(e)) {
        throw e;
      }
      remove(String.valueOf(e.getMessage()));
    }
    return Index.open(index);
  }

  /// Why it can't be used, if it can't.
  private Optional<String> unfit(Index opened, LongUnaryOperator whole) {
    try {
      if (!opened.isCurrent()) {
        return Optional.of("an earlier agent made it");
      }
      long applied = opened.applied();
      long end = Journal.end(journal);
      if (applied > end) {
        return Optional.of(
            "it knows the journal up to "
                + applied
                + ", which ends at "
                + end
                + ": what was acknowledged in between is lost; whoever has the whole journal ends"
                + " the agent now, and puts it back");
      }
      boolean isOfIt =
          opened
              .last()
              .map(last -> Journal.holds(journal, last.offset(), last.hash()))
              .orElse(applied == 0);
      // Behind what it knows there may be a record that is going to be cut off.
      if (isOfIt
          && (Journal.isBoundary(journal, applied) || whole.applyAsLong(applied) == applied)) {
        return Optional.empty();
      }
      // An index that doesn't find what it knows may be right.
      var _ = whole.applyAsLong(applied);
      return Optional.of("it was made of another journal than the one that is here");
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /// Whether something failed because the index is damaged.
  boolean isDamage(RuntimeException failure) {
    for (@Nullable Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof StorageException storage
          && storage.kind() == StorageException.Kind.DAMAGED
          && storage.path().startsWith(index)) {
        return true;
      }
    }
    return false;
  }

  /// What of it is damaged, as precisely as is known.
  static String reason(RuntimeException failure) {
    Throwable last = failure;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return String.valueOf(last.getMessage());
  }

  /// Lets the next start make the index anew.
  void mark() {
    try {
      Files.write(marked(), new byte[0]);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "the index " + index + " is damaged; remove it", e);
    }
  }

  private Path marked() {
    return index.resolve("damaged");
  }

  private void remove(String why) {
    LOG.log(System.Logger.Level.WARNING, "the index {0} is made anew: {1}", index, why);
    try (Stream<Path> files = Files.walk(index)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new HomeException(
          HomeException.Kind.BROKEN, "the index " + index + " can't be removed: " + e, e);
    }
  }
}
