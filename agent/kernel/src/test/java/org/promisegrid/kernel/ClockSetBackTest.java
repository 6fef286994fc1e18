package org.promisegrid.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.promisegrid.kernel.Household.SHOUT;
import static org.promisegrid.kernel.Household.input;
import static org.promisegrid.kernel.Household.nonce;
import static org.promisegrid.kernel.Household.reason;
import static org.promisegrid.kernel.Household.receipt;
import static org.promisegrid.kernel.Household.revoked;
import static org.promisegrid.kernel.Household.stranger;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.kernel.Household.Person;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Event;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Receipt;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.syscall.Follow;
import org.promisegrid.kernel.token.Use;
import org.promisegrid.sandbox.Cid;

/// A clock that is set back a day between two starts: what is told of it in the threat model.
@Timeout(600)
final class ClockSetBackTest {

  @TempDir Path home;

  @Test
  void usesRevocationsAndNoncesStayAndOnlyTheEndsOfTokensComeLater() throws Exception {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant dayBefore = now.minus(Duration.ofDays(1));
    AtomicInteger runs = new AtomicInteger();
    try (Household house = new Household(home)) {
      house.setClock(now);
      Person olga = house.owner();
      Cid shout = olga.defines(SHOUT, it -> it);
      Cid acts =
          olga.defines(
              it -> {
                runs.incrementAndGet();
                return SHOUT.run(it);
              },
              it -> it.impure());
      Person counted = olga.grants(stranger(), it -> it.may(shout).at(Use.calls(2)));
      Person dismissed = olga.grants(stranger(), it -> it.may(shout));
      Person ended = olga.bearer(now.plusSeconds(60), it -> it.may(shout));
      Person actor = olga.grants(stranger(), it -> it.may(acts));
      receipt(counted.asks(shout, Item.EMPTY, input("a"), Terms.NONE));
      receipt(dismissed.asks(shout, Item.EMPTY, input("a"), Terms.NONE));
      Household.kept(olga.asks("token.revoke", Item.table().put("token", dismissed.token())));
      Terms once = nonce();
      Receipt paid = receipt(actor.asks(acts, Item.EMPTY, input("pay"), once));
      house.setClock(now.plusSeconds(61));
      assertThat(reason(ended.asks(shout, Item.EMPTY, input("a"), Terms.NONE)))
          .isEqualTo(Reason.UNAUTHORIZED);
      List<Event> before = events(house);

      house.restart(() -> house.setClock(dayBefore));

      // Uses that were taken, what was revoked, and calls that were answered are known as before.
      receipt(counted.asks(shout, Item.EMPTY, input("b"), Terms.NONE));
      assertThat(reason(counted.asks(shout, Item.EMPTY, input("c"), Terms.NONE)))
          .isEqualTo(Reason.EXHAUSTED);
      assertThat(revoked(dismissed.asks(shout, Item.EMPTY, input("a"), Terms.NONE)))
          .isEqualTo(dismissed.token());
      assertThat(receipt(actor.asks(acts, Item.EMPTY, input("pay"), once))).isEqualTo(paid);
      assertThat(runs).hasValue(1);
      // What had ended hasn't yet, by this clock.
      receipt(ended.asks(shout, Item.EMPTY, input("a"), Terms.NONE));
      // The journal is in the order of what happened, with the times that the clock showed.
      List<Event> after = events(house);
      assertThat(after.subList(0, before.size())).isEqualTo(before);
      assertThat(after).extracting(Event::offset).isSorted();
      assertThat(after.getLast().time()).isEqualTo(dayBefore);
      assertThat(after.getLast().time()).isBefore(before.getLast().time());
      assertThat(olga.gets("audit.verify", Item.table()).get("sound")).contains(Item.TRUE);
    }
  }

  private static List<Event> events(Household house) throws InterruptedException {
    var reply = house.owner().asks("agent.events", Item.table());
    List<Event> events = new ArrayList<>();
    try (var stream = ((Follow.Events) reply.follow()).stream()) {
      while (stream.next(Duration.ZERO) instanceof Follow.Next.Came(Event event)) {
        if (!event.kind().equals("called")) {
          events.add(event);
        }
      }
    }
    return events;
  }
}
