package org.promisegrid.kernel.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.promisegrid.kernel.token.Mutator;

/// Spoilt journals, from a seed that is printed: run again with `-Dfuzz.seed=…`.
@Timeout(600)
final class JournalFuzzTest {

  private static final int ROUNDS = 100;

  private final long seed = Long.getLong("fuzz.seed", System.nanoTime());

  @Test
  void whatIsTakenApartIsPutTogetherAsItWas() throws Exception {
    // Else what the fuzzer spoils would be something else than a journal.
    GenuineJournal genuine = GenuineJournal.write();
    assertThat(genuine.putTogether())
        .hasSize(2)
        .allMatch(put -> Arrays.equals(put, genuine.first()));
    assertThat(Arrays.equals(GenuineJournal.write().second(), genuine.second())).isTrue();
  }

  @Test
  void anArchiveMayHaveEmptyBlocks() throws Exception {
    // `bgzip` ends with one, and any gzip expands them.
    byte[] empty = {0, 2, 3, 0};
    byte[] blocks = GenuineJournal.write().blocks();
    ByteArrayOutputStream input = new ByteArrayOutputStream();
    input.write(JournalFuzz.BLOCKS);
    for (byte[] part : List.of(empty, empty, blocks, empty)) {
      input.writeBytes(part);
    }
    assertThat(JournalFuzz.isSound(input.toByteArray())).isTrue();
  }

  @Test
  void aSpoiltJournalIsDamagedOrWhatTheNodeWrote() throws Exception {
    System.out.println("JournalFuzzTest: -Dfuzz.seed=" + seed);
    Mutator mutator = new Mutator(new Random(seed));
    for (byte[] good : JournalFuzz.seeds()) {
      assertThat(JournalFuzz.isSound(good)).as("shape %s", good[0]).isTrue();
      for (int i = 0; i < ROUNDS; i++) {
        byte[] bad = mutator.mutated(good);
        try {
          JournalFuzz.fuzzerTestOneInput(bad);
        } catch (RuntimeException | Error e) {
          throw new AssertionError(
              "-Dfuzz.seed=" + seed + ", round " + i + ", shape " + good[0], e);
        }
      }
    }
  }
}
