package org.promisegrid.kernel.journal;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files that a journal is kept in, named by the offset of their first byte. One that is closed
/// is archived at some time: readers find it either way.
final class Segments {

  static final String ARCHIVED = ".gz";

  /// What is being made, and has no meaning before it gets its name.
  static final String UNFINISHED = ".new";

  private static final Pattern NAME = Pattern.compile("[0-9]{20}(\\.gz)?");
  private static final Pattern LEFT = Pattern.compile("[0-9]{20}(\\.gz)?\\.new");

  private final Path directory;
  private final NavigableSet<Long> begins = new ConcurrentSkipListSet<>();

  private Segments(Path directory) {
    this.directory = directory;
  }

  /// The segments in a directory; none if it isn't there.
  ///
  /// @throws JournalException `CORRUPT` if it holds a journal of another kind
  static Segments of(Path directory) throws IOException {
    Segments segments = new Segments(directory);
    if (!Files.isDirectory(directory)) {
      return segments;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = String.valueOf(file.getFileName());
        if (NAME.matcher(name).matches()) {
          segments.begins.add(begin(file, name));
        } else if (name.equals("journal")) {
          throw new JournalException(
              JournalException.Kind.CORRUPT,
              "the journal " + file + " is of an older format, which this agent doesn't know",
              null);
        }
      }
    }
    return segments;
  }

  private static long begin(Path file, String name) {
    try {
      return Long.parseLong(name.substring(0, 20));
    } catch (NumberFormatException _) {
      throw new JournalException(
          JournalException.Kind.CORRUPT, "no segment can begin there: " + file, null);
    }
  }

  /// Removes what was being made when the agent was killed. Of a segment that is there in both
  /// forms, the archived one wasn't verified yet, or the other not removed yet: it is made again.
  void sweep() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = String.valueOf(file.getFileName());
        boolean twice =
            name.endsWith(ARCHIVED)
                && Files.exists(
                    file.resolveSibling(name.substring(0, name.length() - ARCHIVED.length())));
        if (LEFT.matcher(name).matches() || (NAME.matcher(name).matches() && twice)) {
          Files.delete(file);
        }
      }
    }
  }

  Path directory() {
    return directory;
  }

  NavigableSet<Long> begins() {
    return begins;
  }

  Path file(long begin) {
    return directory.resolve("%020d".formatted(begin));
  }

  Path archive(long begin) {
    return directory.resolve("%020d".formatted(begin) + ARCHIVED);
  }

  boolean isArchived(long begin) {
    return !Files.exists(file(begin));
  }

  /// Opens the segment that begins at `begin`; the caller closes.
  SegmentReader open(long begin) throws IOException {
    Path file = file(begin);
    if (Files.exists(file)) {
      try {
        return new SegmentReader(begin, file, JournalFile.openToRead(file));
      } catch (FileNotFoundException e) {
        if (Files.exists(file)) {
          throw e; // it is there, and may not be read
        }
      }
    }
    Path archive = archive(begin);
    try {
      return new SegmentReader(begin, archive, Archive.open(archive));
    } catch (Source.DamagedException e) {
      throw JournalException.corrupt(archive, begin, begin, String.valueOf(e.getMessage()));
    }
  }

  /// Opens the segment that holds `offset`, if there is one.
  Optional<SegmentReader> holding(long offset) throws IOException {
    Long begin = begins.floor(offset);
    return begin == null ? Optional.empty() : Optional.of(open(begin));
  }
}
