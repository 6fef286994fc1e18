package org.promisegrid.server.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.server.Until;

final class RoomTest {

  private static final long ALL = 64 << 10;
  private static final Optional<String> ANN = Optional.of("ann");
  private static final Optional<String> BOB = Optional.of("bob");

  /// For nobody who waits in vain.
  private final Room room = new Room(ALL, Duration.ofMinutes(10));

  private final Room hasty = new Room(ALL, Duration.ofMillis(1));

  /// A part of 4 KiB: a quarter of a share.
  private static Room.Part take(Room room, Optional<String> by) throws Exception {
    return room.take(1 << 10, by);
  }

  private static List<Room.Part> share(Room room, Optional<String> by) throws Exception {
    List<Room.Part> parts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      parts.add(take(room, by));
    }
    return parts;
  }

  private static void isTheirOwnLimit(Throwable refused) {
    assertThat(refused)
        .isInstanceOfSatisfying(
            Room.NoRoomException.class,
            it -> assertThat(it.refusal().more().get("limit")).contains((Item) Item.of("calls")));
  }

  @Test
  void onePrincipalHasAShareAndOthersTheRest() throws Exception {
    List<Room.Part> anns = share(hasty, ANN);

    assertThatThrownBy(() -> take(hasty, ANN)).satisfies(RoomTest::isTheirOwnLimit);
    List<Room.Part> all = new ArrayList<>(share(hasty, BOB));
    for (int i = 0; i < 8; i++) {
      all.add(take(hasty, Optional.empty()));
    }
    assertThat(hasty.free()).isZero();
    assertThatThrownBy(() -> take(hasty, Optional.of("cy")))
        .isInstanceOfSatisfying(
            Room.NoRoomException.class,
            it -> assertThat(it.refusal().more().get("limit")).isEmpty());

    anns.forEach(Room.Part::close);
    take(hasty, ANN).close();
    all.forEach(Room.Part::close);
    all.forEach(Room.Part::close);
    assertThat(hasty.free()).isEqualTo(ALL);
  }

  @Test
  void whoWaitsForTheirOwnShareIsInNobodysWay() throws Exception {
    List<Room.Part> anns = share(room, ANN);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var fifth = threads.submit(() -> take(room, ANN));
      Until.holds("she waits", () -> room.waiting() == 1);

      share(room, BOB).forEach(Room.Part::close);
      assertThat(fifth.isDone()).isFalse();
      anns.getFirst().close();

      fifth.get().close();
    }
    anns.forEach(Room.Part::close);
    assertThat(room.free()).isEqualTo(ALL);
    assertThat(room.waiting()).isZero();
  }

  @Test
  void aRequestThatIsLargerThanAShareTakesAllOfItAndAsMuchAsItNeeds() throws Exception {
    try (Room.Part _ = hasty.take(ALL / 8, ANN)) {
      assertThat(hasty.free()).isEqualTo(ALL / 2);
      assertThatThrownBy(() -> take(hasty, ANN)).satisfies(RoomTest::isTheirOwnLimit);
      take(hasty, BOB).close();
    }
    share(hasty, ANN).forEach(Room.Part::close);
    assertThat(hasty.free()).isEqualTo(ALL);
  }

  @Test
  void aPartThatWasHandedOverIsTheirsWhoTookIt() throws Exception {
    Room.Part first = take(hasty, ANN);
    Room.Part second = first.handOver();

    first.close();
    assertThat(hasty.free()).isEqualTo(ALL - 4096);
    second.close();
    assertThat(hasty.free()).isEqualTo(ALL);
  }

  @Test
  void whatWasNobodysCountsAsTheirsWhoseItTurnsOutToBe() throws Exception {
    List<Room.Part> anns = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      anns.add(take(hasty, Optional.empty()).handOver(ANN));
    }
    Room.Part fifth = take(hasty, Optional.empty());

    assertThatThrownBy(() -> fifth.handOver(ANN)).satisfies(RoomTest::isTheirOwnLimit);
    assertThatThrownBy(() -> take(hasty, ANN)).satisfies(RoomTest::isTheirOwnLimit);
    assertThat(hasty.free()).isEqualTo(ALL - 5 * 4096);

    fifth.close();
    anns.forEach(Room.Part::close);
    assertThat(hasty.free()).isEqualTo(ALL);
    share(hasty, ANN).forEach(Room.Part::close);
  }
}
