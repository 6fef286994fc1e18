package example.forth;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A program, translated: words and numbers between blanks, `\` comments to the end of the line,
/// `." text"` writes a text. Stack effects are as in any Forth; `docs/drivers.md` lists the words.
record Code(List<Step> steps) {

  private static final Map<String, Op> WORDS =
      Stream.of(Op.values())
          .filter(op -> !op.word.isEmpty())
          .collect(Collectors.toUnmodifiableMap(op -> op.word, Function.identity()));

  /// What the machine can do. Those without a word are made by others.
  enum Op {
    PUSH(""), WRITE(""), JUMP(""), JUMP_IF_ZERO(""),
    DUP("dup"), DROP("drop"), SWAP("swap"), OVER("over"),
    ADD("+"), SUBTRACT("-"), MULTIPLY("*"), DIVIDE("/"), MODULO("mod"),
    EQUAL("="), LESS("<"), GREATER(">"), AND("and"), OR("or"),
    FETCH("c@"), STORE("c!"), ALLOT("allot"),
    ARGUMENTS("argc"), ARGUMENT("arg"), VARIABLES("envc"), VARIABLE("env"), NUMBER(">number"),
    READ("read"), TYPE("type"), EMIT("emit"), PRINT("."), LOG("log"),
    REALTIME("realtime"), MONOTONIC("monotonic"), RANDOM("random"),
    EXIT("exit"), ABORT("abort");

    private final String word;

    Op(String word) {
      this.word = word;
    }
  }

  /// One step: a number goes with `PUSH` and jumps, a text with `WRITE`.
  record Step(Op op, long number, String text) {}

  /// What is no program.
  static final class NoProgramException extends Exception {
    private static final long serialVersionUID = 1;

    NoProgramException(String why) {
      super(why);
    }
  }

  static Code of(String text) throws NoProgramException {
    return new Code(List.copyOf(new Translation(text).run()));
  }

  /// One pass over a text. `if`, `begin` and `while` leave where they stand for what closes them.
  private static final class Translation {
    private final String text;
    private final List<Step> steps = new ArrayList<>();
    private final Deque<Open> open = new ArrayDeque<>();
    private int at;

    private record Open(String word, int at) {}

    Translation(String text) {
      this.text = text;
    }

    List<Step> run() throws NoProgramException {
      for (String word = next(); !word.isEmpty(); word = next()) {
        translate(word.toLowerCase(Locale.ROOT));
      }
      if (!open.isEmpty()) {
        throw new NoProgramException("`" + open.peek().word() + "` isn't closed");
      }
      return steps;
    }

    private String next() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      int from = at;
      while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
        at++;
      }
      return text.substring(from, at);
    }

    private String upTo(char end) {
      int from = Math.min(at + 1, text.length()); // after the blank that ends the word
      int to = text.indexOf(end, from);
      at = to < 0 ? text.length() : to + 1;
      return text.substring(from, to < 0 ? text.length() : to);
    }

    private void translate(String word) throws NoProgramException {
      switch (word) {
        case "\\" -> upTo('\n');
        case ".\"" -> steps.add(new Step(Op.WRITE, 0, upTo('"')));
        case "cr" -> steps.add(new Step(Op.WRITE, 0, "\n"));
        case "begin" -> open.push(new Open("begin", steps.size()));
        case "if", "while" -> {
          open.push(new Open(word, steps.size()));
          jump(Op.JUMP_IF_ZERO, 0);
        }
        case "else" -> {
          int condition = close("if");
          open.push(new Open("if", steps.size()));
          jump(Op.JUMP, 0);
          land(condition);
        }
        case "then" -> land(close("if"));
        case "again" -> jump(Op.JUMP, close("begin"));
        case "until" -> jump(Op.JUMP_IF_ZERO, close("begin"));
        case "repeat" -> {
          int condition = close("while");
          jump(Op.JUMP, close("begin"));
          land(condition);
        }
        default -> steps.add(simple(word));
      }
    }

    private static Step simple(String word) throws NoProgramException {
      Op op = WORDS.get(word);
      if (op != null) {
        return new Step(op, 0, "");
      }
      try {
        return new Step(Op.PUSH, Long.parseLong(word), "");
      } catch (NumberFormatException e) {
        throw new NoProgramException("`" + word + "` is no word of this Forth");
      }
    }

    private void jump(Op op, int to) {
      steps.add(new Step(op, to, ""));
    }

    private void land(int from) {
      steps.set(from, new Step(steps.get(from).op(), steps.size(), ""));
    }

    private int close(String word) throws NoProgramException {
      Open last = open.poll();
      if (last == null || !last.word().equals(word)) {
        throw new NoProgramException("there is no `" + word + "` to be closed");
      }
      return last.at();
    }
  }
}
