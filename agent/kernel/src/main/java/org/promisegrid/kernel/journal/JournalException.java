package org.promisegrid.kernel.journal;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The journal can't be written or doesn't read back: the agent must not go on acknowledging.
public final class JournalException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final Kind kind;
  private final transient @Nullable Damage damage;

  public JournalException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.damage = null;
  }

  private JournalException(Damage damage) {
    super(damage.toString());
    this.kind = Kind.CORRUPT;
    this.damage = damage;
  }

  /// What is at `offset` isn't what was written.
  static JournalException corrupt(Path segment, long begin, long offset, String how) {
    return new JournalException(new Damage(segment, offset, offset - begin, how));
  }

  /// The disk did something else than it was asked to.
  static JournalException broken(String what, Exception cause) {
    return new JournalException(Kind.BROKEN, what + ": " + cause.getMessage(), cause);
  }

  public Kind kind() {
    return kind;
  }

  /// The place, where it is damage.
  public Optional<Damage> damage() {
    return Optional.ofNullable(damage);
  }

  /// Where a journal isn't what was written.
  ///
  /// @param segment the file
  /// @param offset in the whole sequence
  /// @param at the byte of the file; of one that is archived, of what it expands to
  /// @param how what is wrong there
  public record Damage(Path segment, long offset, long at, String how) {

    @Override
    public String toString() {
      return "the journal is damaged: %s at byte %d (offset %d): %s"
          .formatted(segment, at, offset, how);
    }
  }

  /// Each says what to do.
  public enum Kind {
    /// There is no room: nothing was acknowledged; free some and try again.
    EXHAUSTED,
    /// A record doesn't match its hash, or the file is of an unknown format: tell a person.
    CORRUPT,
    /// The disk failed: tell a person.
    BROKEN
  }
}
