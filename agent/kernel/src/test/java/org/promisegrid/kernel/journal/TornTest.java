package org.promisegrid.kernel.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.Heard;

/// What a power cut leaves of bytes that weren't forced to the disk is cut off; the same within
/// what was acknowledged is damage.
@Timeout(600)
final class TornTest {

  @TempDir Path home;
  private JournalFolder folder;

  /// Where each of the entries is known to end, with its seal.
  private final List<Long> ends = new ArrayList<>();

  private Path file;

  @BeforeEach
  void write() {
    folder = new JournalFolder(home.resolve("journal"));
    for (int i = 0; i < 4; i++) {
      folder.write(i, i + 1, Journal.SEGMENT);
      ends.add(folder.appliedUpTo);
    }
    file = folder.files().getFirst();
  }

  private List<String> opened(long known, Integer... entries) {
    folder.applied.clear();
    try (Heard heard = new Heard(Recovery.class.getName())) {
      folder.open(known, Journal.SEGMENT).close();
      try (Journal journal = folder.open(known, Journal.SEGMENT)) {
        assertThat(journal.read(0, 10).entries())
            .extracting(entry -> (int) JournalFolder.number(entry))
            .containsExactly(entries);
      }
      assertThat(folder.audit().unsealed()).isZero();
      return heard.said();
    }
  }

  private JournalException refused(long known) {
    JournalException e =
        catchThrowableOfType(
            JournalException.class, () -> folder.open(known, Journal.SEGMENT).close());
    assertThat(e).isNotNull();
    assertThat(e.kind()).isEqualTo(JournalException.Kind.CORRUPT);
    return e;
  }

  /// Overwrites a part of the file.
  private void spoil(long from, byte... bytes) throws IOException {
    byte[] all = Files.readAllBytes(file);
    System.arraycopy(bytes, 0, all, (int) from, bytes.length);
    Files.write(file, all);
  }

  private static byte[] garbage(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 41, 4096, 300_000})
  void whatDoesNotFitBehindTheLastSealIsCutOffAndNamed(int size) throws IOException {
    for (long known : new long[] {ends.get(3), ends.get(1), 0}) {
      Files.write(file, garbage(size), StandardOpenOption.APPEND);
      assertThat(opened(known, 0, 1, 2, 3))
          .singleElement()
          .asString()
          .startsWith(
              "WARNING the last "
                  + size
                  + " bytes of the journal are cut off, from byte "
                  + ends.get(3)
                  + " of "
                  + file);
    }
  }

  @Test
  void aSealThatReachedTheDiskBeforeWhatItStandsForIsCutOffWithIt() throws IOException {
    spoil(ends.get(2) + 10, (byte) 0x55);
    byte[] torn = Files.readAllBytes(file);

    // Told by an index that had applied the last entry, or by none: that may have been forced.
    assertThat(refused(ends.get(3))).hasMessageContaining("the index knows the journal up to");
    assertThat(refused(0)).hasMessageContaining("byte " + ends.get(2));
    assertThat(Files.readAllBytes(file)).isEqualTo(torn);

    assertThat(opened(ends.get(2), 0, 1, 2)).hasSize(1);
    Files.write(file, torn);
    assertThat(opened(ends.get(0), 0, 1, 2)).hasSize(1);
  }

  @Test
  void whatTwoSealsFollowWasOnTheDiskWhateverAnIndexKnows() throws IOException {
    spoil(ends.get(1) + 10, (byte) 0x55);
    for (long known : new long[] {0, ends.get(0), ends.get(1), ends.get(2), ends.get(3)}) {
      assertThat(refused(known)).hasMessageContaining("byte " + ends.get(1));
    }
  }

  @Test
  void zeroesWhereSomethingWasThatTheIndexKnowsAreDamage() throws IOException {
    int lost = (int) (ends.get(3) - ends.get(2));
    spoil(ends.get(2), new byte[lost]);
    assertThat(refused(ends.get(3))).hasMessageContaining("the end of a record is missing");
    assertThat(opened(ends.get(2), 0, 1, 2)).isEmpty();
  }

  @Test
  void whatLooksLikeASealAndIsOfAnotherPlaceProvesNothing() throws IOException {
    byte[] all = Files.readAllBytes(file);
    byte[] old = Arrays.copyOfRange(all, (int) (long) ends.get(0), (int) (long) ends.get(3));
    Files.write(file, garbage(7), StandardOpenOption.APPEND);
    Files.write(file, old, StandardOpenOption.APPEND);
    assertThat(opened(ends.get(3), 0, 1, 2, 3)).hasSize(1);
  }

  @Test
  void aHomeThatLostPowerBeforeItsFirstEntryWasAcknowledgedStarts() throws IOException {
    JournalFolder young = new JournalFolder(home.resolve("young"));
    young.open(0, Journal.SEGMENT).close();
    Path only = young.files().getFirst();
    long empty = Files.size(only);
    young.write(0, 1, Journal.SEGMENT);
    byte[] all = Files.readAllBytes(only);
    all[(int) empty + 10] ^= 0x55;
    Files.write(only, all);
    young.applied.clear();
    young.open(0, Journal.SEGMENT).close();
    assertThat(young.applied).isEmpty();
    assertThat(Files.size(only)).isEqualTo(empty);
  }
}
