package org.promisegrid.kernel.storage;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.content.ContentStore;

/// What takes how much room in a home.
public final class Usage {

  private final Path home;
  private final ContentStore content;
  private final Storage storage;

  public Usage(Path home, ContentStore content, Storage storage) {
    this.home = home;
    this.content = content;
    this.storage = storage;
  }

  /// A folder of the home; `log` and `files` stand for what lies beside the folders.
  public record Part(String name, long bytes, long files) {}

  /// All of it.
  ///
  /// @param content how many bytes count against the budget of content
  /// @param results the budget of remembered results, in bytes
  public record Told(ContentStore.Room room, long content, long results, List<Part> parts) {
    public Told {
      parts = List.copyOf(parts);
    }
  }

  /// Looks now.
  public Told look() throws IOException {
    SortedMap<String, long[]> sums = new TreeMap<>();
    Files.walkFileTree(
        home,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            long[] sum = sums.computeIfAbsent(part(file), _ -> new long[2]);
            sum[0] += attributes.isRegularFile() ? attributes.size() : 0;
            sum[1]++;
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE; // removed while we look
            }
            throw e;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
              throws IOException {
            if (e == null || e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
    List<Part> parts = new ArrayList<>();
    sums.forEach((name, sum) -> parts.add(new Part(name, sum[0], sum[1])));
    ContentStore.Room room = content.room();
    return new Told(room, content.used(), storage.results().of(room.total()), parts);
  }

  private String part(Path file) {
    Path inHome = home.relativize(file);
    if (inHome.getNameCount() > 1) {
      return inHome.getName(0).toString();
    }
    return inHome.toString().endsWith(".log") ? "log" : "files";
  }
}
