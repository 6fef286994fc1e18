package org.promisegrid.kernel.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A segment that got its name while the disk says that it didn't.
@Timeout(600)
final class NewSegmentTest {

  @TempDir Path home;

  /// Gives files their names, and fails to say so but the first time.
  private static final class Doubtful implements Disk {
    private final Disk real = new HastyDisk();
    private final AtomicInteger renamed = new AtomicInteger();
    private final boolean removes;

    Doubtful(boolean removes) {
      this.removes = removes;
    }

    @Override
    public File open(Path path) throws IOException {
      return real.open(path);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      real.rename(from, to);
      if (renamed.getAndIncrement() > 0) {
        throw new IOException("is it on the disk?");
      }
    }

    @Override
    public void remove(Path path) throws IOException {
      if (!removes) {
        throw new IOException("nor can it be removed");
      }
      real.remove(path);
    }

    @Override
    public long usable(Path directory) throws IOException {
      return real.usable(directory);
    }
  }

  private Journal open(Disk disk) {
    return new JournalFolder(home).open(0, 500, JournalFolder.KEY, disk);
  }

  private static Entry entry(long number) {
    return JournalFolder.entry(Entry.Kind.PUT, number);
  }

  @Test
  void itIsRemovedAndTheOneBeforeGoesOn() throws Exception {
    try (Journal journal = open(new Doubtful(true))) {
      for (int i = 0; i < 50; i++) {
        journal.append(entry(i));
      }
    }
    try (Journal again = open(new HastyDisk())) {
      assertThat(again.read(0, 100).entries()).hasSize(50);
    }
  }

  @Test
  void whereItCannotBeRemovedNothingMoreIsAcknowledged() throws Exception {
    int acknowledged = 0;
    Journal journal = open(new Doubtful(false));
    try {
      while (acknowledged < 50) {
        journal.append(entry(acknowledged));
        acknowledged++;
      }
    } catch (JournalException e) {
      assertThat(e).hasMessageContaining("journal");
    }
    assertThat(acknowledged).isLessThan(50);
    assertThatThrownBy(() -> journal.append(entry(0))).isInstanceOf(JournalException.class);
    journal.close();
    try (Journal again = open(new HastyDisk())) {
      assertThat(again.read(0, 100).entries()).hasSizeGreaterThanOrEqualTo(acknowledged);
    }
  }
}
