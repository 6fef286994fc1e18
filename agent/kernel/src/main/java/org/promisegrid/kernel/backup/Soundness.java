package org.promisegrid.kernel.backup;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.CorruptContentException;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.journal.JournalException;
import org.promisegrid.kernel.ledger.Ledger;

/// Whether what goes into an archive as it lies on the disk, the journal and the database of small
/// content, is what was written. Large content is looked at while it is copied.
final class Soundness {

  private Soundness() {}

  /// Reads all of it. Takes as long as that.
  ///
  /// @throws BackupException if it isn't: names the first damage
  static void require(ContentStore content, Ledger ledger) throws IOException {
    // The database holds whichever thread reads it, and an interrupt would close the journal's
    // files in the midst of it.
    FutureTask<Optional<String>> task = new FutureTask<>(() -> damage(content, ledger));
    Thread.ofPlatform().name("backup").daemon().start(task);
    boolean left = false;
    try {
      while (true) {
        try {
          Optional<String> damage = task.get();
          if (left) {
            throw new InterruptedIOException("whoever wanted the backup left");
          }
          if (damage.isPresent()) {
            throw new BackupException("no backup is made of what is damaged: " + damage.get());
          }
          return;
        } catch (InterruptedException _) {
          left = true; // the folders that it reads are the caller's
        } catch (ExecutionException e) {
          throw new IOException("reading what is to be copied", e.getCause());
        }
      }
    } finally {
      if (left) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Optional<String> damage(ContentStore content, Ledger ledger) {
    try {
      var _ = ledger.audit(Optional.empty());
      content.verifySmall();
      return Optional.empty();
    } catch (CorruptContentException e) {
      return Optional.of(e.getMessage() + "; put it again");
    } catch (StorageException e) {
      if (e.kind() != StorageException.Kind.DAMAGED) {
        throw e;
      }
      return Optional.of(e.getMessage() + ": " + e.getCause());
    } catch (JournalException e) {
      if (e.kind() != JournalException.Kind.CORRUPT) {
        throw e;
      }
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
