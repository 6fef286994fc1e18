package example.forth;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;

/// Runs one program once: a stack of numbers, and memory that `allot` makes. There is nothing else
/// that a program could reach.
final class Machine {

  private static final int DEEPEST = 1024;
  private static final int BUFFER = 8192;

  private final Code code;
  private final List<String> arguments;
  private final List<String> variables;
  private final long limit;
  private final InstantSource clock;
  private final InputStream in;
  private final OutputStream out;
  private final OutputStream log;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, Integer> texts = new HashMap<>();
  private final long[] stack = new long[DEEPEST];
  private final byte[] written = new byte[BUFFER];
  private byte[] memory = {};
  private int depth;
  private int used;
  private int pending;

  Machine(
      Code code,
      Invocation invocation,
      long limit,
      InstantSource clock,
      InputStream in,
      OutputStream out,
      OutputStream log) {
    this.code = code;
    this.arguments = invocation.arguments();
    this.variables =
        new TreeMap<>(invocation.environment())
            .entrySet().stream().map(each -> each.getKey() + "=" + each.getValue()).toList();
    this.limit = Math.min(limit, Integer.MAX_VALUE - 8);
    this.clock = clock;
    this.in = in;
    this.out = out;
    this.log = log;
  }

  /// Ends the run, whatever the program would do next.
  static final class EndException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Outcome outcome;

    EndException(Outcome outcome) {
      super(outcome.toString(), null, false, false);
      this.outcome = outcome;
    }
  }

  /// The most bytes of memory that were held.
  int used() {
    return used;
  }

  /// @throws InterruptedException if its thread was interrupted
  Outcome run() throws IOException, InterruptedException {
    Outcome outcome;
    try {
      steps();
      outcome = new Outcome.Exited(0);
    } catch (EndException e) {
      outcome = e.outcome;
    }
    flush();
    return outcome;
  }

  private void steps() throws IOException, InterruptedException {
    for (int at = 0; at < code.steps().size(); ) {
      Code.Step step = code.steps().get(at++);
      switch (step.op()) {
        case JUMP -> at = jump(step, at);
        case JUMP_IF_ZERO -> at = pop() == 0 ? jump(step, at) : at;
        case WRITE -> write(step.text().getBytes(StandardCharsets.UTF_8));
        case PUSH -> push(step.number());
        case DUP -> {
          long top = pop();
          push(top);
          push(top);
        }
        case DROP -> pop();
        case SWAP, OVER, ADD, SUBTRACT, MULTIPLY, DIVIDE, MODULO, EQUAL, LESS, GREATER, AND, OR ->
            two(step.op());
        case FETCH -> push(memory[address(pop(), 1)] & 0xff);
        case STORE -> {
          int to = address(pop(), 1);
          memory[to] = (byte) pop();
        }
        case ALLOT -> push(allot(pop()));
        case ARGUMENTS -> push(arguments.size());
        case ARGUMENT -> text(arguments);
        case VARIABLES -> push(variables.size());
        case VARIABLE -> text(variables);
        case NUMBER -> number();
        case READ -> read();
        case TYPE -> {
          int length = length(pop());
          int from = address(pop(), length);
          write(Arrays.copyOfRange(memory, from, from + length));
        }
        case LOG -> {
          int length = length(pop());
          log.write(memory, address(pop(), length), length);
        }
        case EMIT -> write(new byte[] {(byte) pop()});
        case PRINT -> write(Long.toString(pop()).getBytes(StandardCharsets.US_ASCII));
        case REALTIME -> {
          Instant now = clock.instant();
          push(now.getEpochSecond() * 1_000_000_000 + now.getNano());
        }
        case MONOTONIC -> push(System.nanoTime());
        case RANDOM -> push(random.nextInt(256));
        case EXIT -> throw new EndException(new Outcome.Exited((int) (pop() & 0xff)));
        case ABORT -> throw fault("abort");
      }
    }
  }

  /// Every loop comes through here.
  private static int jump(Code.Step step, int from) throws InterruptedException {
    if (step.number() < from && Thread.interrupted()) {
      throw new InterruptedException();
    }
    return (int) step.number();
  }

  private void two(Code.Op op) {
    long b = pop();
    long a = pop();
    switch (op) {
      case SWAP -> {
        push(b);
        push(a);
      }
      case OVER -> {
        push(a);
        push(b);
        push(a);
      }
      case ADD -> push(a + b);
      case SUBTRACT -> push(a - b);
      case MULTIPLY -> push(a * b);
      case DIVIDE, MODULO -> {
        if (b == 0) {
          throw fault("division by zero");
        }
        push(op == Code.Op.DIVIDE ? a / b : a % b);
      }
      case EQUAL -> push(a == b ? -1 : 0);
      case LESS -> push(a < b ? -1 : 0);
      case GREATER -> push(a > b ? -1 : 0);
      case AND -> push(a & b);
      default -> push(a | b);
    }
  }

  private void push(long number) {
    if (depth == DEEPEST) {
      throw fault("the stack is full");
    }
    stack[depth++] = number;
  }

  private long pop() {
    if (depth == 0) {
      throw fault("the stack is empty");
    }
    return stack[--depth];
  }

  private static EndException fault(String why) {
    return new EndException(new Outcome.Faulted(why));
  }

  private int length(long length) {
    if (length < 0 || length > used) {
      throw fault("an address outside of the memory");
    }
    return (int) length;
  }

  private int address(long address, int length) {
    if (address < 0 || address > used - length) {
      throw fault("an address outside of the memory");
    }
    return (int) address;
  }

  /// `size` bytes more; where they begin.
  private int allot(long size) {
    if (size < 0) {
      throw fault("less than no memory");
    }
    if (size > limit - used) {
      throw new EndException(new Outcome.Exceeded(Limit.MEMORY));
    }
    int begin = used;
    used += (int) size;
    if (used > memory.length) {
      memory = Arrays.copyOf(memory, (int) Math.min(limit, Math.max(used, 2L * memory.length)));
    }
    return begin;
  }

  /// Address and length of a text, which is put into memory when it is first asked for.
  private void text(List<String> of) {
    long index = pop();
    if (index < 0 || index >= of.size()) {
      throw fault("there is none with the number " + index);
    }
    byte[] bytes = of.get((int) index).getBytes(StandardCharsets.UTF_8);
    Integer known = texts.get(of.get((int) index));
    int at = known == null ? allot(bytes.length) : known;
    if (known == null) {
      System.arraycopy(bytes, 0, memory, at, bytes.length);
      texts.put(of.get((int) index), at);
    }
    push(at);
    push(bytes.length);
  }

  private void number() {
    int length = length(pop());
    String text = new String(memory, address(pop(), length), length, StandardCharsets.UTF_8);
    try {
      push(Long.parseLong(text));
    } catch (NumberFormatException e) {
      throw fault("no number: " + text);
    }
  }

  private void read() throws IOException {
    int length = length(pop());
    int into = address(pop(), length);
    flush(); // whoever waits for input may wait for what was written before
    push(in.read(memory, into, length));
  }

  private void write(byte[] bytes) throws IOException {
    if (bytes.length > BUFFER - pending) {
      flush();
    }
    if (bytes.length > BUFFER) {
      out.write(bytes);
    } else {
      System.arraycopy(bytes, 0, written, pending, bytes.length);
      pending += bytes.length;
    }
  }

  private void flush() throws IOException {
    int length = pending;
    pending = 0;
    out.write(written, 0, length);
  }
}
