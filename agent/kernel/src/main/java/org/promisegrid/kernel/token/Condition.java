package org.promisegrid.kernel.token;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;

/// What must hold of a call: a place in it, an operator, a value to compare with.
///
/// A place that isn't there satisfies [Op#ABSENT] and nothing else, and a value of another type
/// than the operator compares satisfies nothing: whatever a condition doesn't understand, it
/// refuses.
///
/// @param path `params` or `terms` and one or more keys to go down maps by, or `input` or
///   `function`
/// @param value what to compare with; `null` for [Op#ABSENT]
public record Condition(List<String> path, Op op, Item value) {

  /// Longest path.
  public static final int MAX_PATH = 8;

  /// Most values that [Op#IN] lists.
  public static final int MAX_CHOICES = 256;

  // As the kernel writes numbers with a fraction: no exponent, so that its length bounds its size.
  private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]*[1-9])?");
  private static final int MAX_DECIMAL = 80;

  /// How the value in the call is compared.
  public enum Op {
    /// Equal, type and all.
    EQ,
    /// There, of the same type, and not equal.
    NE,
    /// Less, as whole or decimal numbers; so the next three.
    LT,
    LE,
    GT,
    GE,
    /// Equal to one of a list.
    IN,
    /// Text that begins so.
    PREFIX,
    /// Not there.
    ABSENT;

    private static final Map<String, Op> BY_NAME =
        Arrays.stream(values())
            .collect(Collectors.toUnmodifiableMap(Op::text, Function.identity()));

    /// The name on the wire.
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Refuses what could never be meant.
  ///
  /// @throws IllegalArgumentException if the path leads nowhere, or the operator can't use the
  ///   value
  public Condition {
    path = List.copyOf(path);
    if (path.isEmpty() || path.size() > MAX_PATH) {
      throw new IllegalArgumentException("a path has 1 to " + MAX_PATH + " parts");
    }
    boolean leads =
        switch (path.getFirst()) {
          case "params", "terms" -> path.size() > 1;
          case "input", "function" -> path.size() == 1;
          default -> false;
        };
    if (!leads) {
      throw new IllegalArgumentException(
          "a path is params or terms and what follows, or input or function alone");
    }
    boolean usable =
        switch (op) {
          case EQ, NE -> true;
          case LT, LE, GT, GE -> number(value).isPresent();
          case IN ->
              value instanceof Item.Array(var choices)
                  && !choices.isEmpty()
                  && choices.size() <= MAX_CHOICES;
          case PREFIX -> value instanceof Item.Text;
          case ABSENT -> value instanceof Item.Null;
        };
    if (!usable) {
      throw new IllegalArgumentException(op.text() + " can't compare with that value");
    }
  }

  /// A condition on a parameter, by name.
  public static Condition param(String name, Op op, Item value) {
    return new Condition(List.of("params", name), op, value);
  }

  /// A condition on a term, by name.
  public static Condition term(String name, Op op, Item value) {
    return new Condition(List.of("terms", name), op, value);
  }

  /// Whether it holds of `call`.
  public boolean holds(CallView call) {
    Optional<Item> found = find(call);
    if (found.isEmpty()) {
      return op == Op.ABSENT;
    }
    Item there = found.get();
    return switch (op) {
      case EQ -> there.equals(value);
      case NE -> there.getClass() == value.getClass() && !there.equals(value);
      case LT -> ordered(there, order -> order < 0);
      case LE -> ordered(there, order -> order <= 0);
      case GT -> ordered(there, order -> order > 0);
      case GE -> ordered(there, order -> order >= 0);
      case IN -> value instanceof Item.Array(var choices) && choices.contains(there);
      case PREFIX ->
          there instanceof Item.Text(String text)
              && value instanceof Item.Text(String prefix)
              && text.startsWith(prefix);
      case ABSENT -> false;
    };
  }

  private Optional<Item> find(CallView call) {
    return switch (path.getFirst()) {
      case "params" -> down(call.params());
      case "terms" -> down(call.terms());
      case "input" -> Optional.of(Item.of(call.input()));
      default -> Optional.of(Item.of(call.function()));
    };
  }

  private Optional<Item> down(Item.Table table) {
    Optional<Item> at = Optional.of(table);
    for (String key : path.subList(1, path.size())) {
      at = at.flatMap(item -> item instanceof Item.Table inner ? inner.get(key) : Optional.empty());
    }
    return at;
  }

  private boolean ordered(Item there, IntPredicate wanted) {
    Optional<BigDecimal> actual = number(there);
    Optional<BigDecimal> limit = number(value);
    return actual.isPresent()
        && limit.isPresent()
        && wanted.test(actual.get().compareTo(limit.get()));
  }

  private static Optional<BigDecimal> number(Item item) {
    return switch (item) {
      case Item.Int(long whole) -> Optional.of(BigDecimal.valueOf(whole));
      case Item.Text(String text)
          when text.length() <= MAX_DECIMAL && DECIMAL.matcher(text).matches() ->
          Optional.of(new BigDecimal(text));
      default -> Optional.empty();
    };
  }

  Item toItem() {
    return Item.array(Item.array(path.stream().map(Item::of).toList()), Item.of(op.text()), value);
  }

  static Condition of(Item item) throws MalformedException {
    if (!(item instanceof Item.Array(var fields))
        || fields.size() != 3
        || !(fields.get(0) instanceof Item.Array(var parts))
        || !(fields.get(1) instanceof Item.Text(String name))) {
      throw new MalformedException("a condition that is not [path, operator, value]");
    }
    if (!parts.stream().allMatch(Item.Text.class::isInstance)) {
      throw new MalformedException("a condition whose path is not all text");
    }
    Op op = Op.BY_NAME.get(name);
    if (op == null) {
      throw new MalformedException("a condition with an unknown operator");
    }
    List<String> path = parts.stream().map(Item.Text.class::cast).map(Item.Text::value).toList();
    try {
      return new Condition(path, op, fields.get(2));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a condition that can't be: " + e.getMessage(), e);
    }
  }

  @Override
  public String toString() {
    return String.join(".", path) + " " + op.text() + (op == Op.ABSENT ? "" : " " + value);
  }
}
