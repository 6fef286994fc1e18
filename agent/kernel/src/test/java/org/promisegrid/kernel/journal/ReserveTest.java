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

  /// A disk that holds no more than it is told, and says so when it is written to.
  private final class Small implements Disk {
    private volatile boolean full;

    @Override
    public File open(Path path) throws IOException {
      File file = disk.open(path);
      return new File() {
        @Override
        public void write(byte[] bytes, long offset) throws IOException {
          if (full) {
            throw new IOException("No space left on device");
          }
          file.write(bytes, offset);
        }

        @Override
        public void truncate(long size) throws IOException {
          file.truncate(size);
        }

        @Override
        public void force() throws IOException {
          file.force();
        }

        @Override
        public void close() throws IOException {
          file.close();
        }
      };
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      disk.rename(from, to);
    }

    @Override
    public void remove(Path path) throws IOException {
      disk.remove(path);
      full = false;
    }

    @Override
    public long usable(Path directory) throws IOException {
      return disk.usable(directory);
    }
  }

  @Test
  void whatIsSetAsideIsGivenUpForWhatMustGoOnAndForNothingElse() throws Exception {
    Path aside = home.resolve("aside");
    Small small = new Small();
    JournalFolder folder = new JournalFolder(home.resolve("journal"));
    try (Journal journal =
        folder.open(0, Journal.SEGMENT, JournalFolder.KEY, Disk.reserving(small, aside))) {
      journal.append(JournalFolder.entry(Entry.Kind.PUT, 1));
      journal.append(JournalFolder.entry(Entry.Kind.PUT, 2)); // the first's flush is over
      assertThat(aside).hasSize(Disk.SET_ASIDE);

      // Nobody knew of it before: it is found when something is written.
      small.full = true;
      JournalException e =
          catchThrowableOfType(
              JournalException.class, () -> journal.append(JournalFolder.entry(Entry.Kind.PUT, 3)));
      assertThat(e.kind()).isEqualTo(JournalException.Kind.EXHAUSTED);
      assertThat(aside).exists();
      journal.append(JournalFolder.entry(Entry.Kind.REVOKED, 4));
      assertThat(folder.applied).contains(4L).doesNotContain(3L);
      journal.append(JournalFolder.entry(Entry.Kind.PUT, 5));
      journal.append(JournalFolder.entry(Entry.Kind.PUT, 6));
      assertThat(aside).as("there is room again").hasSize(Disk.SET_ASIDE);

      // It is known, and neither journal nor index is to meet it.
      usable.set(Room.LEAST - 1);
      journal.append(JournalFolder.entry(Entry.Kind.REVOKED, 7));
      assertThat(aside).doesNotExist();
      journal.append(JournalFolder.entry(Entry.Kind.REVOKED, 8));
      assertThat(aside).doesNotExist();
    }
  }

  @Test
  void aStartGivesUpWhatIsSetAsideOnlyWhereNothingIsLeft() throws Exception {
    Path aside = home.resolve("aside");
    Disk reserving = Disk.reserving(disk, aside);
    reserving.setAside();
    Journal.makeRoom(reserving, home);
    assertThat(aside).hasSize(Disk.SET_ASIDE);
    usable.set(Room.LEAST - 1);
    Journal.makeRoom(reserving, home);
    assertThat(aside).doesNotExist();
    assertThat(reserving.release()).isFalse();
  }
}
