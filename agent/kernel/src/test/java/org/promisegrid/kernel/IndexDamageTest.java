package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// Bits that flip in the files of the index while an agent has them open.
@Timeout(600)
final class IndexDamageTest {

  /// So many that their rows fill more than what is in memory since the start.
  private static final int REFS = 400;

  @TempDir Path home;

  private List<Path> tables() throws IOException {
    try (Stream<Path> files = Files.list(home.resolve("index"))) {
      return files.filter(file -> file.toString().endsWith(".sst")).sorted().toList();
    }
  }

  /// One bit in each 64 bytes, in the very file that is open.
  private static void flip(Path table) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(table.toFile(), "rw")) {
      for (long at = 0; at < file.length(); at += 64) {
        file.seek(at);
        int there = file.read();
        file.seek(at);
        file.write(there ^ 4);
      }
    }
  }

  private static Payload head(Person person, String name) {
    return person.asks("ref.get", Item.table().put("name", name)).payload();
  }

  @Test
  void flippedBitsUnderARunningAgentAreNamedItIsNotAliveAndTheNextStartHealsThem()
      throws Exception {
    try (Household house = new Household(home)) {
      Map<String, Cid> heads = new LinkedHashMap<>();
      for (int i = 0; i < REFS; i++) {
        Cid content = house.owner().puts("content " + i);
        house.owner().names("ref/" + i, content);
        heads.put("ref/" + i, content);
      }
      // What was in memory is in tables then, and nothing of them has been read.
      house.restart();
      assertThat(tables()).isNotEmpty();
      assertThat(house.kernel().isAlive()).isTrue();

      try (Heard heard = new Heard(Parts.class.getName())) {
        for (Path table : tables()) {
          flip(table);
        }
        List<Payload> told =
            heads.keySet().stream().map(name -> head(house.owner(), name)).toList();

        // Never another answer than the right one, or none.
        assertThat(told).hasAtLeastOneElementOfType(Payload.Broken.class);
        assertThat(told).allMatch(it -> it instanceof Payload.Broken || it instanceof Payload.Kept);
        assertThat(heard.said())
            .singleElement()
            .asString()
            .startsWith("SEVERE the index is damaged")
            .containsPattern("[0-9]+\\.sst");
      }
      assertThat(house.kernel().isAlive()).isFalse();
      assertThat(house.kernel().isReady()).isFalse();

      house.restart();

      assertThat(house.kernel().isAlive()).isTrue();
      heads.forEach((name, content) ->
          assertThat(house.owner().gets("ref.get", Item.table().put("name", name)).get("head"))
              .contains(Item.of(content)));
    }
  }
}
