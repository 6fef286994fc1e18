package org.promisegrid.kernel.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.content.Database.Change;

class DatabaseTest {

  private static final String TABLE = "t";

  /// About the length by which files are told apart that have nothing of what is sought.
  private static final int[] SHARED = {0, 1, 31, 32, 33, 40};

  private final NavigableMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);

  @Test
  void aScanSeesWhatIsThereInOrderInHoweverManyFilesItLies(@TempDir Path folder) {
    long seed = Long.getLong("fuzz.seed", System.nanoTime());
    System.out.println("DatabaseTest: -Dfuzz.seed=" + seed);
    Random random = new Random(seed);
    byte[][] stems = new byte[8][40];
    for (byte[] stem : stems) {
      random.nextBytes(stem);
    }
    Arrays.fill(stems[0], (byte) 0);
    Arrays.fill(stems[1], (byte) -1);
    try (Database database = Database.open(folder, Set.of(TABLE), Database.Durability.BUFFERED)) {
      for (int file = 0; file < 12; file++) {
        database.commit(changes(random, stems));
        if (file != 11) { // the last ones stay in memory
          database.flush();
        }
        for (int i = 0; i < 200; i++) {
          byte[] prefix = key(random, stems, 0);
          byte[] from =
              switch (random.nextInt(3)) {
                case 0 -> prefix;
                case 1 -> key(random, stems, 5);
                default -> concat(prefix, random, 3);
              };
          assertThat(scan(database, prefix, from))
              .as("from %s on", HexFormat.of().formatHex(from))
              .isEqualTo(expected(prefix, from));
        }
      }
    }
  }

  private List<Change> changes(Random random, byte[][] stems) {
    List<Change> changes = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      byte[] key = key(random, stems, 5);
      if (random.nextInt(4) == 0 && !model.isEmpty()) {
        byte[] there = model.ceilingKey(key);
        key = there == null ? model.firstKey() : there;
        model.remove(key);
        changes.add(new Change(TABLE, key, null));
      } else {
        byte[] value = {(byte) i};
        model.put(key, value);
        changes.add(new Change(TABLE, key, value));
      }
    }
    return changes;
  }

  private static byte[] key(Random random, byte[][] stems, int most) {
    byte[] stem = stems[random.nextInt(stems.length)];
    int shared = SHARED[random.nextInt(SHARED.length)];
    return concat(Arrays.copyOf(stem, shared), random, most);
  }

  private static byte[] concat(byte[] stem, Random random, int most) {
    byte[] more = new byte[random.nextInt(most + 1)];
    random.nextBytes(more);
    byte[] all = Arrays.copyOf(stem, stem.length + more.length);
    System.arraycopy(more, 0, all, stem.length, more.length);
    return all;
  }

  private static List<String> scan(Database database, byte[] prefix, byte[] from) {
    List<String> seen = new ArrayList<>();
    assertThat(database.scan(TABLE, prefix, from, (key, value) -> seen.add(row(key, value))))
        .isTrue();
    return seen;
  }

  private List<String> expected(byte[] prefix, byte[] from) {
    return model.tailMap(from, true).entrySet().stream()
        .filter(it -> Database.startsWith(it.getKey(), prefix))
        .map(it -> row(it.getKey(), it.getValue()))
        .toList();
  }

  private static String row(byte[] key, byte[] value) {
    return HexFormat.of().formatHex(key) + "=" + value[0];
  }
}
