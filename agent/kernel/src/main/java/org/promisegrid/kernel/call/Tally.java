package org.promisegrid.kernel.call;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Receipt;

/// Counts what became of calls, since the agent started.
public final class Tally {

  private final Map<Answer.How, LongAdder> answered = adders(Answer.How.class);
  private final Map<Receipt.What, LongAdder> broken = adders(Receipt.What.class);
  private final Map<Answer.Reason, LongAdder> notPromised = adders(Answer.Reason.class);
  private final LongAdder kept = new LongAdder();

  private static <E extends Enum<E>> Map<E, LongAdder> adders(Class<E> words) {
    Map<E, LongAdder> adders = new EnumMap<>(words);
    for (E word : words.getEnumConstants()) {
      adders.put(word, new LongAdder());
    }
    return adders;
  }

  void answered(Answer.How how) {
    add(answered, how);
  }

  void ended(Receipt.Ended outcome) {
    switch (outcome) {
      case Receipt.Ended.Kept _ -> kept.increment();
      case Receipt.Ended.Broken broke -> add(broken, broke.what());
    }
  }

  /// A call of any function was refused.
  public void notPromised(Answer.Reason reason) {
    add(notPromised, reason);
  }

  private static <E extends Enum<E>> void add(Map<E, LongAdder> adders, E word) {
    LongAdder adder = adders.get(word);
    if (adder != null) {
      adder.increment();
    }
  }

  /// Calls of user functions that got a receipt, by how the node came by it.
  public Map<Answer.How, Long> answered() {
    return sums(answered);
  }

  /// Runs that broke, by what broke them.
  public Map<Receipt.What, Long> broken() {
    return sums(broken);
  }

  /// Calls that weren't promised, by why.
  public Map<Answer.Reason, Long> notPromised() {
    return sums(notPromised);
  }

  /// Runs that were kept.
  public long kept() {
    return kept.sum();
  }

  private static <E extends Enum<E>> Map<E, Long> sums(Map<E, LongAdder> adders) {
    Map<E, Long> sums = new java.util.LinkedHashMap<>();
    adders.forEach((word, adder) -> sums.put(word, adder.sum()));
    return sums;
  }
}
