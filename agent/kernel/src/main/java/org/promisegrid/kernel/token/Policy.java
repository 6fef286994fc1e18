package org.promisegrid.kernel.token;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// Conditions that a call must meet, every one of them. The policies of a chain's links add up.
public record Policy(List<Condition> conditions) {

  /// Most conditions of one token.
  public static final int MAX_CONDITIONS = 64;

  /// Asks for nothing.
  public static final Policy NONE = new Policy(List.of());

  public Policy {
    conditions = List.copyOf(conditions);
  }

  /// The first condition that `call` doesn't meet.
  public Optional<Condition> broken(CallView call) {
    return conditions.stream().filter(condition -> !condition.holds(call)).findFirst();
  }

  /// Both together.
  public Policy and(Policy other) {
    List<Condition> all = new ArrayList<>(conditions);
    all.addAll(other.conditions);
    return new Policy(all);
  }

  Item toItem() {
    return Item.array(conditions.stream().map(Condition::toItem).toList());
  }

  static Policy of(Item item) throws MalformedException {
    if (!(item instanceof Item.Array(var list)) || list.isEmpty() || list.size() > MAX_CONDITIONS) {
      throw new MalformedException("a policy that is not 1 to " + MAX_CONDITIONS + " conditions");
    }
    List<Condition> conditions = new ArrayList<>();
    for (Item condition : list) {
      conditions.add(Condition.of(condition));
    }
    return new Policy(conditions);
  }
}
