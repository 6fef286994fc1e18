package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.promisegrid.kernel.Household.detail;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.kept;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.Program;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.content.Amount;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.storage.Storage;
import org.promisegrid.sandbox.Cid;

/// Where there is no room, nothing is taken on that would need some, and what makes room goes on.
@Timeout(600)
final class RoomTest {

  /// Writes as many bytes as its input says.
  private static final Program FLOOD =
      it -> {
        long left = Long.parseLong(new String(it.in().readAllBytes(), StandardCharsets.US_ASCII));
        byte[] piece = new byte[1 << 16];
        for (; left > 0; left -= piece.length) {
          it.out().write(piece, 0, (int) Math.min(left, piece.length));
        }
        return 0;
      };

  @TempDir Path folder;

  private static Storage storage(long reserve, Amount content, long output) {
    return new Storage(reserve, content, Amount.ALL, output, Duration.ofDays(30), Optional.empty());
  }

  private static Terms writing(long most) {
    return nonce().toBuilder()
        .limits(
            new Terms.Bounds(
                java.util.Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.of(most),
                OptionalLong.empty()))
        .build();
  }

  @Test
  void beyondItsBudgetContentIsRefusedAndWhatMakesRoomIsNamed() {
    try (Household house =
        Household.with(folder.resolve("home"), storage(0, Amount.ofBytes(1 << 20), 1 << 30))) {
      Person olga = house.owner();
      Cid kept = olga.puts(new byte[600_000]);
      Reply refused =
          olga.asks(
              Household.function("content.put"),
              Item.EMPTY,
              input("x".repeat(600_000)),
              Terms.NONE);
      assertThat(reason(refused)).isEqualTo(Reason.EXHAUSTED);
      assertThat(detail(refused)).contains("grid df").contains("grid gc");
      assertThat(olga.reads(kept)).hasSize(600_000);
      house.setClock(java.time.Instant.now().plus(Duration.ofDays(40)));
      assertThat(kept(olga.asks("agent.gc", Item.table()))).isNotNull();
      assertThat(olga.puts(new byte[700_000])).isNotNull();
    }
  }

  @Test
  void noCallLetsARunWriteMoreThanTheOwnerDoes() {
    try (Household house =
        Household.with(folder.resolve("home"), storage(0, Amount.ALL, 1 << 20))) {
      Person olga = house.owner();
      Cid flood = olga.defines(FLOOD, Household.Shape::impure);
      Reply refused = olga.asks(flood, Item.EMPTY, input("10"), writing((1 << 20) + 1));
      assertThat(reason(refused)).isEqualTo(Reason.REFUSED);
      assertThat(receipt(olga.asks(flood, Item.EMPTY, input("10"), writing(1 << 20)))).isNotNull();
      Receipt flooded =
          receipt(olga.asks(flood, Item.EMPTY, input(String.valueOf((1 << 20) + 1)), nonce()));
      assertThat(flooded.body().outcome())
          .as("and none does that asks for nothing")
          .isInstanceOfSatisfying(
              Receipt.Ended.Broken.class,
              broken -> assertThat(broken.what()).isEqualTo(Receipt.What.OUTPUT));
    }
  }

  @Test
  void aRunThatWouldTakeOfTheReserveIsNotBegunAndOneThatComesToItEnds() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=140m", "tmpfs", disk.toString()) == 0,
        "only root mounts a small disk");
    try (Household house =
        Household.with(disk.resolve("home"), storage(64L << 20, Amount.ALL, 1L << 30))) {
      Person olga = house.owner();
      Cid flood = olga.defines(FLOOD, Household.Shape::impure);
      Terms once = writing(1L << 30);
      Input much = input(String.valueOf(200L << 20));
      Receipt flooded = receipt(olga.asks(flood, Item.EMPTY, much, once));
      assertThat(flooded.body().outcome())
          .isInstanceOfSatisfying(
              Receipt.Ended.Broken.class,
              broken -> assertThat(broken.what()).isEqualTo(Receipt.What.LOST));
      assertThat(receipt(olga.asks(flood, Item.EMPTY, much, once)).cid())
          .as("it ran, and doesn't again")
          .isEqualTo(flooded.cid());
      try (Stream<Path> left = Files.list(disk.resolve("home/scratch"))) {
        assertThat(left).isEmpty();
      }
      Path ballast = disk.resolve("ballast");
      Files.write(
          ballast, new byte[(int) (Files.getFileStore(disk).getUsableSpace() - (50L << 20))]);
      assertThat(reason(olga.asks(flood, Item.EMPTY, input("10"), nonce())))
          .isEqualTo(Reason.EXHAUSTED);
      assertThat(kept(olga.asks("agent.df", Item.table()))).isNotNull();
      assertThat(kept(olga.asks("agent.gc", Item.table()))).isNotNull();
      Files.delete(ballast);
      assertThat(receipt(olga.asks(flood, Item.EMPTY, input("10"), nonce()))).isNotNull();
    } finally {
      assertThat(run("umount", disk.toString())).isZero();
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
