package org.promisegrid.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.index.Index;

/// Where the index is; it can be deleted at any time, for it is made from journal and content.
final class IndexFolder {

  private static final System.Logger LOG = System.getLogger(IndexFolder.class.getName());

  private IndexFolder() {}

  /// Opens the index; one that is damaged is deleted first.
  static Index open(Path directory) {
    try {
      return Index.open(directory);
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DAMAGED) {
        throw e;
      }
      LOG.log(System.Logger.Level.WARNING, "the index is damaged and is made anew", e);
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new HomeException(
          HomeException.Kind.BROKEN, "removing the index " + directory + ": " + e, e);
    }
    return Index.open(directory);
  }
}
