package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.promisegrid.kernel.Household.detail;
import static org.promisegrid.kernel.Household.function;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.kept;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.stranger;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.driver.memory.Program;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.content.Amount;
import org.promisegrid.kernel.message.Answer.Payload;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.storage.Storage;
import org.promisegrid.kernel.token.Use;
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

  @Test
  void whereOthersLeaveNotAByteRevokingCancellingAndCollectingGoOn() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=140m", "tmpfs", disk.toString()) == 0,
        "only root mounts a small disk");
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Household house =
            Household.with(disk.resolve("home"), storage(64L << 20, Amount.ALL, 1L << 30))) {
      Person olga = house.owner();
      Person alice =
          olga.grants(stranger(), it -> it.may(function("content.put"), function("content.get")));
      Cid kept = olga.puts("kept");
      alice.puts("alice's");
      Cid large = olga.puts(new byte[3 << 20]);
      CountDownLatch running = new CountDownLatch(1);
      Cid endless =
          olga.defines(
              it -> {
                running.countDown();
                it.in().readAllBytes();
                Thread.sleep(Duration.ofMinutes(10));
                return 0;
              },
              it -> it);
      Call call = olga.prepare(endless, Item.EMPTY, Input.none(), Terms.NONE);
      Future<Reply> answer = threads.submit(() -> olga.send(call));
      running.await();
      Path reserve = disk.resolve("home/journal.reserve");
      assertThat(reserve).hasSize(8 << 20);
      Path ballast = disk.resolve("ballast");
      fill(ballast);
      assertThat(disk.toFile().getUsableSpace()).isZero();

      assertThat(reason(olga.asks("content.pin", Item.table().put("cid", kept))))
          .isEqualTo(Reason.EXHAUSTED);
      assertThat(reserve).as("not for what can wait").exists();
      assertThat(kept(olga.asks("token.revoke", Item.table().put("token", alice.token()))))
          .isNotNull();
      assertThat(Household.revoked(alice.asks("content.get", Item.table().put("cid", kept))))
          .isEqualTo(alice.token());
      assertThat(kept(olga.asks("call.cancel", Item.table().put("call", call.cid())))).isNotNull();
      assertThat(answer.get()).isNotNull();
      house.setClock(Instant.now().plus(Duration.ofDays(40)));
      assertThat(kept(olga.asks("agent.gc", Item.table()))).isNotNull();
      assertThat(reason(olga.asks("content.get", Item.table().put("cid", large))))
          .isEqualTo(Reason.ABSENT);
      house.thaw();

      // Nor does it keep the agent from starting.
      Files.delete(ballast);
      olga.puts("room again");
      olga.puts("and for the reserve");
      assertThat(reserve).hasSize(8 << 20);
      house.restart(() -> fill(ballast));
      assertThat(Household.revoked(alice.asks("content.get", Item.table().put("cid", kept))))
          .isEqualTo(alice.token());
      Files.delete(ballast);
      assertThat(olga.puts("and again")).isNotNull();
      assertThat(kept(olga.asks("audit.verify", Item.table())).get("sound")).contains(Item.TRUE);
    } finally {
      assertThat(run("umount", disk.toString())).isZero();
    }
  }

  /// Who may delegate can make any number of tokens, each of which is written down.
  @Test
  void whatIsReservedIsNotForTokensOfOthers() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=140m", "tmpfs", disk.toString()) == 0,
        "only root mounts a small disk");
    try (Household house =
        Household.with(disk.resolve("home"), storage(64L << 20, Amount.ALL, 1L << 30))) {
      Person olga = house.owner();
      // What she may not read is absent: then she was let in.
      Item.TableBuilder get = Item.table().put("cid", olga.puts("olga's"));
      Person alice =
          olga.grants(stranger(), it -> it.may(function("content.get"), function("call.cancel")));
      Person counted =
          alice.grants(stranger(), it -> it.may(function("content.get")).at(Use.calls(5)));
      for (Person each : List.of(alice, counted)) {
        assertThat(reason(each.asks("content.get", get))).isEqualTo(Reason.ABSENT);
      }
      Path ballast = disk.resolve("ballast");
      Files.write(
          ballast, new byte[(int) (Files.getFileStore(disk).getUsableSpace() - (20L << 20))]);

      for (int i = 0; i < 3; i++) {
        Person fresh = alice.grants(stranger(), it -> it.may(function("content.get")));
        assertThat(reason(fresh.asks("content.get", get))).isEqualTo(Reason.EXHAUSTED);
        assertThat(tokens(olga)).doesNotContain(fresh.token());
      }
      assertThat(reason(counted.asks("content.get", get))).isEqualTo(Reason.EXHAUSTED);
      assertThat(reason(alice.asks("content.get", get)))
          .as("nothing is written down for her")
          .isEqualTo(Reason.ABSENT);
      Person stopping = alice.grants(stranger(), it -> it.may(function("call.cancel")));
      assertThat(
              reason(stopping.asks("call.cancel", Item.table().put("call", Cid.of(new byte[1])))))
          .isEqualTo(Reason.ABSENT);
      assertThat(tokens(olga)).contains(stopping.token());
      Files.delete(ballast);
      assertThat(reason(counted.asks("content.get", get))).isEqualTo(Reason.ABSENT);
    } finally {
      assertThat(run("umount", disk.toString())).isZero();
    }
  }

  /// Those that were presented.
  private static List<Cid> tokens(Person olga) {
    return ((Item.Array) olga.gets("token.list", Item.table()).get("tokens").orElseThrow())
        .items().stream().map(token -> Household.link((Item.Table) token, "token")).toList();
  }

  @Test
  void newTokensOfOnePrincipalAreBounded() {
    try (Household house =
        new Household(
            folder.resolve("home"), new Allowance(1000, 10, 1000, Duration.ofHours(1), 2000))) {
      Person olga = house.owner();
      Person alice = olga.grants(stranger(), it -> it.may(function("content.put")));
      Person bob = olga.grants(stranger(), it -> it.may(function("content.put")));
      assertThat(alice.puts("alice's")).isNotNull();
      Reply last = fresh(alice);
      for (int i = 0; last.payload() instanceof Payload.Kept; i++) {
        assertThat(i).isLessThan(20);
        last = fresh(alice);
      }
      assertThat(reason(last)).isEqualTo(Reason.EXHAUSTED);
      assertThat(detail(last)).contains("2000 bytes of new tokens");
      assertThat(alice.puts("alice's again")).isNotNull();
      assertThat(bob.puts("bob's")).isNotNull();
    }
  }

  /// The answer to a put by somebody to whom `from` just passed on what they may do.
  private static Reply fresh(Person from) {
    Person fresh = from.grants(stranger(), it -> it.may(function("content.put")));
    return fresh.asks(function("content.put"), Item.EMPTY, input("x"), Terms.NONE);
  }

  /// Leaves nobody a byte.
  private static void fill(Path ballast) {
    byte[] piece = new byte[1 << 20];
    try (OutputStream out =
        Files.newOutputStream(ballast, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (true) {
        out.write(piece);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("space");
    }
  }

  /// Below what content leaves free, and above what the journal does.
  @Test
  void howARunEndedIsKeptThoughWhatItWroteFindsNoRoom() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=140m", "tmpfs", disk.toString()) == 0,
        "only root mounts a small disk");
    Path ballast = disk.resolve("ballast");
    try (Household house =
        Household.with(disk.resolve("home"), storage(64L << 20, Amount.ALL, 1L << 30))) {
      Person olga = house.owner();
      Cid flood =
          olga.defines(
              it -> {
                int code = FLOOD.run(it);
                Files.write(
                    ballast,
                    new byte[(int) (Files.getFileStore(disk).getUsableSpace() - (45L << 20))]);
                return code;
              },
              Household.Shape::impure);
      Receipt small = receipt(olga.asks(flood, Item.EMPTY, input("10"), writing(1 << 20)));
      assertThat(small.body().outcome()).isEqualTo(new Receipt.Ended.Kept(OptionalInt.of(0)));
      assertThat(olga.reads(small.body().result().orElseThrow().cid())).hasSize(10);
      Files.delete(ballast);

      Receipt large = receipt(olga.asks(flood, Item.EMPTY, input("3000000"), writing(4 << 20)));
      assertThat(large.body().outcome())
          .isInstanceOfSatisfying(
              Receipt.Ended.Broken.class,
              broken -> {
                assertThat(broken.what()).isEqualTo(Receipt.What.LOST);
                assertThat(broken.why().orElseThrow())
                    .isEqualTo("it ended well, and there was no room to keep what it wrote");
              });
      assertThat(large.body().result()).isEmpty();
      assertThat(olga.reads(large.body().explain().orElseThrow())).isNotEmpty();
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
