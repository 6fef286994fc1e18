package org.promisegrid.kernel.journal;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// Compresses segments that are closed, in the background.
///
/// The archive is written beside the segment, forced, compared with it, and given its name; only
/// then the segment is deleted. So at any moment there is one whole copy, and where there are two,
/// it is the segment that counts. What fails is tried again at the next start: it costs room, not
/// data.
final class Archiver implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Archiver.class.getName());

  /// Ends the thread; no segment begins there.
  private static final long END = -1;

  private final Segments segments;
  private final Disk disk;
  private final BlockingQueue<Long> closed = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean ending;

  /// Begins with the segments that were closed before.
  Archiver(Segments segments, Disk disk) {
    this.segments = segments;
    this.disk = disk;
    for (long begin : segments.begins()) {
      if (segments.begins().higher(begin) != null && !segments.isArchived(begin)) {
        closed.add(begin);
      }
    }
    this.thread = Thread.ofPlatform().name("journal archive").daemon().start(this::run);
  }

  /// Takes a segment that nothing is written to any more.
  void add(long begin) {
    closed.add(begin);
  }

  private void run() {
    try {
      for (long begin = closed.take(); begin != END && !ending; begin = closed.take()) {
        try {
          archive(begin);
        } catch (IOException | RuntimeException e) {
          LOG.log(
              System.Logger.Level.WARNING,
              "not archived, it stays as it is: " + segments.file(begin),
              e);
        }
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }

  private void archive(long begin) throws IOException {
    Path plain = segments.file(begin);
    Path archive = segments.archive(begin);
    Path unfinished = archive.resolveSibling(archive.getFileName() + Segments.UNFINISHED);
    try {
      if (disk.usable(segments.directory()) - Files.size(plain) < Room.RESERVE) {
        throw new IOException("too little room to write another copy");
      }
      if (!write(plain, unfinished)) {
        return;
      }
      if (!same(plain, unfinished)) {
        throw new IOException("the archive reads back differently: " + unfinished);
      }
      disk.rename(unfinished, archive);
      Files.delete(plain);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /// Returns whether it was written to its end, and is on the disk.
  private boolean write(Path plain, Path unfinished) throws IOException {
    byte[] block = new byte[Archive.Writer.block()];
    try (JournalFile in = JournalFile.openToRead(plain);
        FileOutputStream out = new FileOutputStream(unfinished.toFile());
        Archive.Writer writer = new Archive.Writer(out)) {
      long size = in.size();
      for (long at = 0; at < size; ) {
        if (ending) {
          return false;
        }
        int length = fill(in, block, at);
        writer.write(block, length);
        at += length;
      }
      out.getFD().sync();
    }
    return true;
  }

  private boolean same(Path plain, Path unfinished) throws IOException {
    byte[] one = new byte[Archive.Writer.block()];
    byte[] other = new byte[Archive.Writer.block()];
    try (JournalFile file = JournalFile.openToRead(plain);
        Archive archive = Archive.open(unfinished)) {
      long size = file.size();
      if (archive.size() != size) {
        return false;
      }
      for (long at = 0; at < size; ) {
        int length = fill(file, one, at);
        if (fill(archive, other, at) != length
            || !Arrays.equals(one, 0, length, other, 0, length)) {
          return false;
        }
        at += length;
      }
      return true;
    }
  }

  private static int fill(Source source, byte[] block, long at) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(block);
    int read;
    do {
      read = source.read(buffer, at + buffer.position());
    } while (read >= 0 && buffer.hasRemaining());
    return buffer.position();
  }

  /// Ends at once: what isn't archived yet, the next start archives.
  @Override
  public void close() {
    ending = true;
    closed.add(END);
    Ending.await(thread);
  }
}
