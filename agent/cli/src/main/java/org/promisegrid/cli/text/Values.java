package org.promisegrid.cli.text;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.token.Condition;
import org.promisegrid.kernel.token.Condition.Op;

/// Parameters and conditions as people type them.
public final class Values {

  private static final Pattern ASSIGNMENT =
      Pattern.compile("([A-Za-z][A-Za-z0-9_-]{0,63})(:?=)(.*)", Pattern.DOTALL);
  private static final Pattern CONDITION =
      Pattern.compile(
          "\\s*([A-Za-z][A-Za-z0-9_.-]*)\\s*"
              + "(?:(<=|>=|!=|==|\\^=|=|<|>)\\s*(.+)|\\s(in|prefix)\\s+(.+)|\\s(absent))\\s*",
          Pattern.DOTALL);
  private static final Pattern WHOLE = Pattern.compile("-?(0|[1-9][0-9]{0,18})");
  private static final Map<String, Op> OPERATORS =
      Map.of(
          "<=", Op.LE, ">=", Op.GE, "!=", Op.NE, "==", Op.EQ, "=", Op.EQ, "<", Op.LT, ">", Op.GT,
          "^=", Op.PREFIX);

  private Values() {}

  /// Reads `name=text`, which the function's schema gives a type, and `name:=JSON`.
  ///
  /// @throws IllegalArgumentException if one is neither, or a name is there twice
  public static Map<String, Item> assignments(Collection<String> texts) {
    Map<String, Item> values = new LinkedHashMap<>();
    for (String text : texts) {
      Matcher matcher = ASSIGNMENT.matcher(text);
      if (!matcher.matches()) {
        throw new IllegalArgumentException(
            "'" + Plain.shorten(text, 60) + "' is no parameter: name=text, or name:=JSON");
      }
      Item value =
          matcher.group(2).equals("=") ? Item.of(matcher.group(3)) : json(matcher.group(3));
      if (values.put(matcher.group(1), value) != null) {
        throw new IllegalArgumentException("parameter '" + matcher.group(1) + "' is given twice");
      }
    }
    return values;
  }

  /// Reads a condition, such as `params.width<=640`, `params.mode in ["a", "b"]`, `terms.place
  /// absent`, `params.path^=/srv/`. What looks like a whole number, true, false or JSON is it;
  /// everything else is text.
  ///
  /// @throws IllegalArgumentException if it isn't one
  public static Condition condition(String text) {
    Matcher matcher = CONDITION.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'"
              + Plain.shorten(text, 80)
              + "' is no condition: as in params.width<=640,"
              + " params.mode in [\"a\", \"b\"], params.path^=/srv/, params.debug absent");
    }
    List<String> path = List.of(matcher.group(1).split("\\.", -1));
    if (matcher.group(6) != null) {
      return new Condition(path, Op.ABSENT, Item.NULL);
    }
    if (matcher.group(4) != null) {
      Op op = matcher.group(4).equals("in") ? Op.IN : Op.PREFIX;
      return new Condition(path, op, value(matcher.group(5)));
    }
    Op op = OPERATORS.getOrDefault(matcher.group(2), Op.EQ);
    String operand = matcher.group(3).strip();
    return new Condition(path, op, op == Op.PREFIX ? prefix(operand) : value(operand));
  }

  private static Item prefix(String text) {
    return text.startsWith("\"") ? json(text) : Item.of(text);
  }

  private static Item value(String typed) {
    String text = typed.strip();
    boolean json =
        WHOLE.matcher(text).matches()
            || text.equals("true")
            || text.equals("false")
            || text.startsWith("\"")
            || text.startsWith("[")
            || text.startsWith("{");
    return json ? json(text) : Item.of(text);
  }

  private static Item json(String text) {
    try {
      return Json.read(text);
    } catch (MalformedException e) {
      throw new IllegalArgumentException("'" + Plain.shorten(text, 60) + "': " + e.getMessage(), e);
    }
  }
}
