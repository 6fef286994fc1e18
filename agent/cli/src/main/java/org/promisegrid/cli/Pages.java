package org.promisegrid.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Told;
import org.promisegrid.kernel.message.Item;

/// A list of an agent's, asked for page after page: to its end, or as far as is wanted. It never
/// ends early in silence.
///
/// @param name of the list in the answers
/// @param entries in their order
/// @param more whether there are others
record Pages(String name, List<Told> entries, boolean more) {

  /// The most that one page has.
  private static final long PAGE = 1000;

  Pages {
    entries = List.copyOf(entries);
  }

  /// All of it.
  static Pages all(Agent agent, String function, Item.Table params, String name) {
    return of(agent, function, params, name, Optional.empty());
  }

  /// As many as are wanted; what stands on a page besides, such as calls that run, comes along.
  static Pages of(
      Agent agent, String function, Item.Table params, String name, Optional<Long> most) {
    if (most.orElse(1L) < 1) {
      throw Failure.usage("--limit is 1 or more");
    }
    List<Told> all = new ArrayList<>();
    Optional<Item> after = Optional.empty();
    while (true) {
      Item.TableBuilder page = Item.table();
      params.entries().forEach((key, value) -> page.put(((Item.Text) key).value(), value));
      page.put("limit", Math.min(PAGE, most.orElse(Long.MAX_VALUE) - all.size()));
      after.ifPresent(at -> page.put("after", at));
      Told kept = agent.kept(function, page.build());
      all.addAll(kept.list(name));
      Optional<Item> next = kept.table().get("next");
      if (next.isEmpty() || most.orElse(Long.MAX_VALUE) <= all.size()) {
        return new Pages(name, all, next.isPresent());
      }
      if (next.equals(after)) {
        throw Failure.agent("the agent's pages of " + function + " come round to the same");
      }
      after = next;
    }
  }

  /// What an agent would answer that told all of it at once.
  Item.Table table() {
    return Item.table()
        .put(name, Item.array(entries.stream().<Item>map(Told::table).toList()))
        .build();
  }

  /// Writes it, and whether there is more.
  int answer(Session session, Supplier<String> words) {
    int code = session.answer(table(), words);
    if (more) {
      session.more("--limit ends it here");
    }
    return code;
  }
}
