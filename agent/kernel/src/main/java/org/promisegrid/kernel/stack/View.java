package org.promisegrid.kernel.stack;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceState;

/// What a reconciler shows of its stack, at one moment.
///
/// @param number rises with each
/// @param wish what is wanted
/// @param services by name
/// @param gone nothing is wanted, and nothing is left
record View(long number, Optional<Wish> wish, Map<String, Shown> services, boolean gone) {

  static final View NOTHING = new View(0, Optional.empty(), Map.of(), false);

  /// How a service is.
  enum State {
    RUNNING,
    STOPPED,
    FAILED,
    UNKNOWN,
    STOPPING,
    PENDING
  }

  /// A service.
  ///
  /// @param line as `service.list` has it
  record Shown(State state, Item.Table line, List<Held> replicas) {}

  /// A replica.
  ///
  /// @param service its sandbox; empty if there is none, or its target is away
  /// @param epoch changes with each start
  record Held(int replica, boolean runs, Optional<Service> service, long epoch) {}

  /// What is wanted of a service.
  Optional<Declaration> declaration(String service) {
    return wish.map(it -> it.stack().services().get(service));
  }

  /// A replica of a service, or the first that runs.
  Optional<Held> held(String service, OptionalInt replica) {
    List<Held> all =
        Optional.ofNullable(services.get(service)).map(Shown::replicas).orElse(List.of());
    return replica.isPresent()
        ? all.stream().filter(it -> it.replica() == replica.getAsInt()).findFirst()
        : all.stream().filter(Held::runs).findFirst().or(() -> all.stream().findFirst());
  }

  static View of(
      long number,
      Optional<Wish> wish,
      Collection<Replica> replicas,
      Optional<Cid> revoked,
      boolean tidy) {
    Map<String, Shown> services = new LinkedHashMap<>();
    wish.ifPresent(it ->
        it.stack()
            .services()
            .forEach(
                (name, wanted) -> services.put(name, shown(it, name, wanted, replicas, revoked))));
    return new View(number, wish, services, tidy && replicas.isEmpty() && services.isEmpty());
  }

  private static Shown shown(
      Wish wish,
      String name,
      Declaration wanted,
      Collection<Replica> replicas,
      Optional<Cid> revoked) {
    List<Replica> own = replicas.stream().filter(it -> it.place.service().equals(name)).toList();
    List<Replica> meant =
        own.stream().filter(it -> it.place.replica() < wanted.replicas()).toList();
    boolean runs = wanted.running() && revoked.isEmpty();
    State state = state(runs, wanted.replicas(), own, meant);
    List<Item> lines = new ArrayList<>();
    List<Held> held = new ArrayList<>();
    for (Replica replica : meant) {
      lines.add(line(replica, runs));
      held.add(
          new Held(
              replica.place.replica(),
              replica.phase == Replica.Phase.RUNNING,
              replica.phase == Replica.Phase.UNSEEN
                  ? Optional.empty()
                  : Optional.ofNullable(replica.service),
              replica.epoch));
    }
    Optional<String> why =
        revoked
            .map(it -> "a token that it was started by is revoked: " + it)
            .or(() -> meant.stream().flatMap(it -> it.why.stream()).findFirst());
    Item.TableBuilder line =
        Item.table()
            .put("name", name)
            .put("head", wish.head())
            .put("service", wanted.toItem())
            .put("by", wish.by())
            .put("changed", wish.changed().toEpochMilli())
            .put("state", Words.of(state))
            .put("wanted", runs ? wanted.replicas() : 0)
            .put("healthy", meant.stream().filter(View::isHealthy).count())
            .put("why", why.filter(_ -> runs || revoked.isPresent()).map(Item::of))
            .put("replicas", Item.array(lines));
    return new Shown(state, line.build(), held);
  }

  private static State state(boolean runs, int wanted, List<Replica> own, List<Replica> meant) {
    if (own.stream().anyMatch(it -> it.phase == Replica.Phase.UNSEEN)) {
      return State.UNKNOWN;
    }
    if (!runs) {
      return own.stream()
              .allMatch(it -> it.phase == Replica.Phase.NONE || it.phase == Replica.Phase.ENDED)
          ? State.STOPPED
          : State.STOPPING;
    }
    if (meant.stream().anyMatch(it -> it.phase == Replica.Phase.ENDED && it.over && !it.renew)) {
      return State.FAILED;
    }
    return meant.size() == wanted && meant.stream().allMatch(View::isHealthy)
        ? State.RUNNING
        : State.PENDING;
  }

  /// Whether it runs as it should. One that had ended when its target was asked after the start has
  /// not been seen running: its end, which comes next, says how it is.
  private static boolean isHealthy(Replica replica) {
    Checking checking = replica.checking;
    return replica.phase == Replica.Phase.RUNNING
        && replica.running.isPresent()
        && !replica.renew
        && (checking == null || checking.standing == Checking.Standing.HEALTHY);
  }

  private static String state(Replica replica, boolean runs) {
    return switch (replica.phase) {
      case NONE, CREATED -> runs ? "pending" : "stopped";
      case UNSEEN -> "unknown";
      case BUSY ->
          switch (replica.doing) {
            case STARTING, LOOKING -> "starting";
            case STOPPING, REMOVING -> "stopping";
          };
      case RUNNING -> replica.running.isPresent() ? "running" : "starting";
      case ENDED -> !runs ? "stopped" : replica.over ? "ended" : "waiting";
    };
  }

  private static Item line(Replica replica, boolean runs) {
    Item.TableBuilder line =
        Item.table()
            .put("replica", replica.place.replica())
            .put("state", state(replica, runs))
            .put("generation", replica.generation)
            .put("restarts", replica.restarts);
    Checking checking = replica.checking;
    if (checking != null) {
      line.put("health", Words.of(checking.standing));
    }
    put(line, "target", replica.target);
    put(line, "sandbox", replica.sandbox);
    replica.running.ifPresent(it -> running(line, it));
    replica.exit.ifPresent(it -> line.put("exit", exit(it)));
    if (replica.phase == Replica.Phase.ENDED && runs && !replica.over) {
      replica.again.ifPresent(at -> line.put("again", at.toEpochMilli()));
    }
    replica.why.filter(_ -> runs).ifPresent(why -> line.put("why", why));
    replica.early.ifPresent(early -> {
      line.put("log", early.log());
      early.hint().ifPresent(hint -> line.put("hint", hint));
    });
    return line.build();
  }

  private static void put(Item.TableBuilder line, String name, @Nullable Object value) {
    if (value != null) {
      line.put(name, value.toString());
    }
  }

  private static void running(Item.TableBuilder line, ServiceState.Running running) {
    line.put("since", running.since().toEpochMilli());
    line.put("ports", Item.array(running.ports().stream().map(DeclarationWriter::port).toList()));
  }

  private static Item exit(ServiceExit exit) {
    Item.TableBuilder table =
        Item.table().put("code", exit.code()).put("ended", exit.ended().toEpochMilli());
    if (exit.memory()) {
      table.put("memory", true);
    }
    return table.build();
  }
}
