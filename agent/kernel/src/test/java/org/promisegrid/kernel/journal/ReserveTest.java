package org.promisegrid.kernel.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What goes on when the disk is nearly full.
@Timeout(600)
final class ReserveTest {

  @TempDir Path home;

  private final AtomicLong usable = new AtomicLong(1L << 40);

  private final Disk disk =
      new Disk() {
        private final Disk real = Disk.real();

        @Override
        public File open(Path path) throws IOException {
          return real.open(path);
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
          real.rename(from, to);
        }

        @Override
        public void remove(Path path) throws IOException {
          Disk.real().remove(path);
        }

        @Override
        public long usable(Path directory) {
          return usable.get();
        }
      };

  @Test
  void belowTheReserveOnlyWhatMustGoOnIsWrittenAndAllAgainOnceThereIsRoom() {
    JournalFolder folder = new JournalFolder(home);
    try (Journal journal = folder.open(0, Journal.SEGMENT, JournalFolder.KEY, disk)) {
      journal.append(JournalFolder.entry(Entry.Kind.PUT, 1));
      usable.set(Room.RESERVE - 1);
      journal.append(JournalFolder.entry(Entry.Kind.REVOKED, 2)); // it is noticed at a flush
      int refused = 0;
      for (Entry.Kind kind : Entry.Kind.values()) {
        if (kind.vital()) {
          journal.append(JournalFolder.entry(kind, 3));
        } else {
          JournalException e =
              catchThrowableOfType(
                  JournalException.class, () -> journal.append(JournalFolder.entry(kind, 4)));
          assertThat(e).as("%s", kind).isNotNull();
          assertThat(e.kind()).isEqualTo(JournalException.Kind.EXHAUSTED);
          refused++;
        }
      }
      assertThat(refused).isGreaterThan(5);
      assertThat(folder.applied).doesNotContain(4L).contains(3L);
      usable.set(Room.RESERVE);
      journal.append(JournalFolder.entry(Entry.Kind.PUT, 5));
      assertThat(journal.audit(Optional.empty()).unsealed()).isZero();
    }
    // A full disk keeps nobody from starting.
    usable.set(0);
    try (Journal journal = folder.open(0, Journal.SEGMENT, JournalFolder.KEY, disk)) {
      journal.append(JournalFolder.entry(Entry.Kind.STARTED, 6));
    }
  }
}
