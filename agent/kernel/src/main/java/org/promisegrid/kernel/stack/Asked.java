package org.promisegrid.kernel.stack;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.LogRange;

/// What the functions of services are asked for.
final class Asked {

  private static final long LONGEST_WAIT = Duration.ofMinutes(10).toMillis();
  private static final int MOST_INPUT = 1 << 20;
  private static final int MOST_SIDE = 10_000;

  private Asked() {}

  static String name(Fields params) throws MalformedException {
    return Stack.checkName(params.requiredText("name"));
  }

  private static Duration within(Fields params) throws MalformedException {
    return Duration.ofMillis(params.number("within", 0, LONGEST_WAIT).orElse(0));
  }

  private static OptionalInt replica(Fields params) throws MalformedException {
    OptionalLong replica = params.number("replica", 0, Declaration.MOST_REPLICAS - 1);
    return replica.isPresent() ? OptionalInt.of((int) replica.getAsLong()) : OptionalInt.empty();
  }

  /// A service that is to be as it is said, or as it was.
  record Start(String name, Optional<Declaration> service, Duration within) {
    static Start of(Fields params) throws MalformedException {
      Optional<Item.Table> service = params.table("service");
      Optional<Declaration> read = Optional.empty();
      if (service.isPresent()) {
        if (service.get().get("running").isPresent()) {
          throw new MalformedException("service.start: what is started runs: leave out `running`");
        }
        read = Optional.of(Declaration.of(service.get()));
      }
      return new Start(Asked.name(params), read, Asked.within(params));
    }
  }

  /// A service that something is done to, and how long its caller waits for it.
  record Act(String name, Duration within) {
    static Act of(Fields params) throws MalformedException {
      return new Act(Asked.name(params), Asked.within(params));
    }
  }

  /// A service that is to go.
  record Remove(String name, boolean volumes, Duration within) {
    static Remove of(Fields params) throws MalformedException {
      return new Remove(
          Asked.name(params), params.bool("volumes").orElse(false), Asked.within(params));
    }
  }

  /// Which services are told of.
  record Listed(Optional<String> name) {
    static Listed of(Fields params) throws MalformedException {
      return new Listed(params.text("name").map(Stack::checkName));
    }
  }

  /// Which part of what was written.
  record Logs(String name, OptionalInt replica, LogRange range) {
    static Logs of(Fields params) throws MalformedException {
      OptionalLong since = params.number("since", 0, Long.MAX_VALUE);
      return new Logs(
          Asked.name(params),
          Asked.replica(params),
          new LogRange(
              (int) params.number("tail", 0, Integer.MAX_VALUE).orElse(-1),
              since.isPresent()
                  ? Optional.of(Instant.ofEpochMilli(since.getAsLong()))
                  : Optional.empty(),
              params.bool("follow").orElse(false)));
    }
  }

  /// A program beside a service: one that begins, or more for one that was begun.
  sealed interface Exec {

    String name();

    /// One that begins.
    record Begin(String name, OptionalInt replica, ExecSpec spec) implements Exec {}

    /// More for one that was begun.
    ///
    /// @param call that began it
    record More(
        String name, Cid call, Optional<byte[]> input, boolean end, Optional<ExecSpec.Size> size)
        implements Exec {}

    static Exec of(Fields params) throws MalformedException {
      String name = Asked.name(params);
      Optional<ExecSpec.Size> size = size(params);
      Optional<Cid> begun = params.link("exec");
      if (begun.isPresent()) {
        Optional<Item.Bytes> input = params.bytes("input");
        if (input.isPresent() && input.get().length() > MOST_INPUT) {
          throw new MalformedException("service.exec: input has at most " + MOST_INPUT + " bytes");
        }
        return new More(
            name,
            begun.get(),
            input.map(Item.Bytes::value),
            params.bool("end").orElse(false),
            size);
      }
      return new Begin(
          name,
          Asked.replica(params),
          new ExecSpec(
              texts(params.required("words", params.array("words"))),
              environment(params.table("environment")),
              params.text("user"),
              size));
    }

    private static Optional<ExecSpec.Size> size(Fields params) throws MalformedException {
      OptionalLong rows = params.number("rows", 1, MOST_SIDE);
      OptionalLong columns = params.number("columns", 1, MOST_SIDE);
      if (rows.isPresent() != columns.isPresent()) {
        throw new MalformedException("service.exec: rows and columns, or neither");
      }
      return rows.isPresent()
          ? Optional.of(new ExecSpec.Size((int) rows.getAsLong(), (int) columns.getAsLong()))
          : Optional.empty();
    }

    private static List<String> texts(List<Item> items) throws MalformedException {
      List<String> texts = new ArrayList<>();
      for (Item item : items) {
        texts.add(text(item, "words"));
      }
      return texts;
    }

    private static Map<String, String> environment(Optional<Item.Table> table)
        throws MalformedException {
      Map<String, String> environment = new TreeMap<>();
      for (Map.Entry<Item, Item> each : table.orElse(Item.EMPTY).entries().entrySet()) {
        environment.put(text(each.getKey(), "environment"), text(each.getValue(), "environment"));
      }
      return environment;
    }

    private static String text(Item item, String what) throws MalformedException {
      if (!(item instanceof Item.Text(String text)) || text.indexOf('\0') >= 0) {
        throw new MalformedException("service.exec: " + what + " is not text without NUL");
      }
      return text;
    }
  }
}
