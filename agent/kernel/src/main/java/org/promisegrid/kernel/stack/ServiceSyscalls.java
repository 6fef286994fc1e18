package org.promisegrid.kernel.stack;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.dispatch.ServiceTargets;
import org.promisegrid.kernel.function.RefName;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.ledger.Ref;
import org.promisegrid.kernel.ledger.ServiceBook;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Reach;
import org.promisegrid.kernel.secret.SecretName;
import org.promisegrid.kernel.secret.SecretStore;
import org.promisegrid.kernel.syscall.Access;
import org.promisegrid.kernel.syscall.Caller;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.syscall.Syscall;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceStats;

/// `service.start`, `service.stop`, `service.restart`, `service.remove`, `service.list`,
/// `service.logs`, `service.exec`, `service.stats`.
public final class ServiceSyscalls {

  private static final Set<View.State> STARTED = EnumSet.of(View.State.RUNNING, View.State.FAILED);

  private final NodeId node;
  private final Stacks stacks;
  private final ContentStore content;
  private final Access access;
  private final SecretStore secrets;
  private final Ledger ledger;
  private final Executions executions;

  /// From what a stack was to its new head, nobody else moves one.
  private final ReentrantLock moving = new ReentrantLock();

  public ServiceSyscalls(
      NodeId node,
      Stacks stacks,
      ContentStore content,
      Access access,
      SecretStore secrets,
      Ledger ledger) {
    this.node = node;
    this.stacks = stacks;
    this.content = content;
    this.access = access;
    this.secrets = secrets;
    this.ledger = ledger;
    this.executions = new Executions(stacks);
  }

  /// By name.
  public Map<String, Syscall> all() {
    return Map.of(
        "service.start", Syscall.of("service.start", Asked.Start::of, this::start),
        "service.stop", Syscall.of("service.stop", Asked.Act::of, this::stop),
        "service.restart", Syscall.of("service.restart", Asked.Act::of, this::restart),
        "service.remove", Syscall.of("service.remove", Asked.Remove::of, this::remove),
        "service.list", Syscall.of("service.list", Asked.Listed::of, (_, it) -> list(it)),
        "service.logs", Syscall.of("service.logs", Asked.Logs::of, (_, it) -> logs(it)),
        "service.exec", Syscall.of("service.exec", Asked.Exec::of, executions::exec),
        "service.stats", Syscall.of("service.stats", Asked::name, (_, it) -> stats(it)));
  }

  private Syscall.Kept start(Caller caller, Asked.Start asked)
      throws Refusal, InterruptedException {
    String name = asked.name();
    Wish wanted;
    moving.lockInterruptibly();
    try (Holds.Hold hold = access.hold()) {
      Optional<Wish> before = stacks.wish(name);
      List<Cid> chain = caller.authority().links();
      if (asked.service().isPresent()) {
        Declaration service = asked.service().get();
        hold.add(service.image());
        service.mounts().files().forEach(it -> hold.add(it.content()));
        requireAllowed(caller, service);
        requireAble(name, service);
        wanted =
            move(
                caller,
                name,
                Stack.of(name, service),
                new ServiceBook.Under(chain, chain),
                hold,
                false);
      } else {
        Wish was = before.orElseThrow(Refusal::absent);
        Declaration service = was.service(name).orElseThrow(Refusal::absent);
        ServiceBook.Under under = new ServiceBook.Under(was.under().declared(), chain);
        wanted = move(caller, name, Stack.of(name, service.running(true)), under, hold, false);
      }
      stacks.of(name).want(wanted);
    } finally {
      moving.unlock();
    }
    return line(name, wanted, asked.within(), STARTED);
  }

  /// Waits for one of these states; the service's line then, or when the time is over.
  private Syscall.Kept line(String name, Wish wanted, Duration within, Set<View.State> states)
      throws Refusal, InterruptedException {
    View view =
        stacks
            .of(name)
            .await(
                it -> {
                  View.Shown shown = it.services().get(name);
                  return !it.wish().map(Wish::head).equals(Optional.of(wanted.head()))
                      || shown == null
                      || states.contains(shown.state());
                },
                within);
    View.Shown shown = view.services().get(name);
    if (shown == null) {
      throw new Refusal(Reason.CONFLICT, name + " was removed meanwhile").late();
    }
    return new Syscall.Kept(shown.line());
  }

  private void requireAllowed(Caller caller, Declaration service) throws Refusal {
    access.require(caller, service.image());
    for (Mounted.File file : service.mounts().files()) {
      access.require(caller, file.content());
    }
    for (Mounted.Secret secret : service.mounts().secrets()) {
      SecretName named = new SecretName(secret.name());
      if (!caller.authority().covers(named.cid(node), Set.of()) || !secrets.has(named)) {
        throw Refusal.absent(); // whether there is one or not
      }
    }
    Optional<String> owners = ofTheOwner(service);
    if (owners.isPresent() && !caller.isOwner()) {
      throw new Refusal(Reason.REFUSED, owners.get() + " is the owner's to give");
    }
  }

  /// What only the owner may give a service, where it has such.
  private static Optional<String> ofTheOwner(Declaration service) {
    if (!service.mounts().binds().isEmpty()) {
      return Optional.of("a folder of the host: binds");
    }
    if (!service.devices().isEmpty()) {
      return Optional.of("a device of the host: devices");
    }
    if (service.mounts().volumes().stream().anyMatch(Mounted.Volume::external)
        || service.networks().stream().anyMatch(Declaration.Joined::external)) {
      return Optional.of("what is the target's own: external");
    }
    if (service.isolation() == Isolation.ANY) {
      return Optional.of("isolation: any");
    }
    return service.ports().stream()
        .filter(it -> !isLoopback(it.address()))
        .map(it -> "the host's address " + it.address() + ": ports")
        .findFirst();
  }

  private static boolean isLoopback(String address) {
    try {
      // Digits, dots and colons: nothing is looked up for them, or they are no address.
      return InetAddress.ofLiteral(address).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private void requireAble(String name, Declaration service) throws Refusal {
    var choice =
        stacks
            .hands()
            .targets()
            .choose(
                Specs.of(new ServicePlace(name, name, 0), 1, service),
                Specs.place(service),
                stacks.hands().clock().instant());
    if (choice instanceof ServiceTargets.Choice.Nobody(var whys)) {
      List<Item> lines = new ArrayList<>();
      whys.forEach(it ->
          lines.add(
              Item.table().put("target", it.target().toString()).put("why", it.why()).build()));
      throw new Refusal(
          Reason.UNABLE,
          whys.isEmpty()
              ? "there is no target that keeps services"
              : "no target is able to keep it: " + whys.getFirst().why(),
          Item.table().put("targets", Item.array(lines)).build());
    }
  }

  private Wish move(
      Caller caller,
      String name,
      Stack stack,
      ServiceBook.Under under,
      Holds.Hold hold,
      boolean halting)
      throws Refusal {
    Message message = stack.message();
    Cid head = message.cid();
    hold.add(head);
    hold.addAll(message.links());
    if (halting) {
      content.putTogether(List.of(message.bytes()), hold);
    } else {
      content.put(message.bytes(), hold);
    }
    RefName ref = new RefName(Stack.REFS + name);
    Optional<Cid> base = ledger.refs().find(ref.text()).map(Ref::head);
    ledger.put(
        caller.principal(),
        head,
        message.bytes().length,
        Reach.HERE,
        access.hidden(caller, message.links()),
        List.of());
    ledger
        .refs()
        .moved(
            ref.text(),
            ref.cid(node),
            base,
            head,
            caller.principal(),
            caller.isOwner(),
            under,
            halting);
    return stacks.wish(name).orElseThrow(() -> Refusal.absent().late());
  }

  private Syscall.Kept stop(Caller caller, Asked.Act asked) throws Refusal, InterruptedException {
    String name = asked.name();
    Wish wanted;
    moving.lockInterruptibly();
    try (Holds.Hold hold = access.hold()) {
      Wish was = known(name);
      Declaration service = was.service(name).orElseThrow(Refusal::absent);
      wanted = move(caller, name, Stack.of(name, service.running(false)), was.under(), hold, true);
      stacks.of(name).want(wanted);
    } finally {
      moving.unlock();
    }
    return line(name, wanted, asked.within(), EnumSet.of(View.State.STOPPED));
  }

  /// A stack that has this service.
  private Wish known(String name) throws Refusal {
    return stacks
        .wish(name)
        .filter(it -> it.service(name).isPresent())
        .orElseThrow(Refusal::absent);
  }

  private Syscall.Kept restart(Caller caller, Asked.Act asked)
      throws Refusal, InterruptedException {
    String name = asked.name();
    Wish wanted = known(name);
    if (wanted.service(name).filter(Declaration::running).isEmpty()) {
      throw new Refusal(Reason.CONFLICT, name + " is stopped: service.start starts it");
    }
    stacks.of(name).renew();
    return line(name, wanted, asked.within(), STARTED);
  }

  private Syscall.Kept remove(Caller caller, Asked.Remove asked)
      throws Refusal, InterruptedException {
    String name = asked.name();
    moving.lockInterruptibly();
    try (Holds.Hold hold = access.hold()) {
      Wish was = stacks.wish(name).orElseThrow(Refusal::absent);
      Stack none = Stack.none(asked.volumes() || was.stack().emptied());
      stacks.of(name).want(move(caller, name, none, was.under(), hold, true));
    } finally {
      moving.unlock();
    }
    View view = stacks.of(name).await(it -> it.gone() || !it.services().isEmpty(), asked.within());
    return new Syscall.Kept(Item.table().put("name", name).put("gone", view.gone()).build());
  }

  private Syscall.Kept list(Asked.Listed asked) throws Refusal {
    List<Item> lines = new ArrayList<>();
    List<Reconciler> told =
        asked.name().isPresent()
            ? stacks.find(asked.name().get()).map(List::of).orElse(List.of())
            : stacks.all();
    for (Reconciler reconciler : told) {
      reconciler.view().services().values().forEach(it -> lines.add(it.line()));
    }
    if (asked.name().isPresent() && lines.isEmpty()) {
      throw Refusal.absent();
    }
    return new Syscall.Kept(Item.table().put("services", Item.array(lines)).build());
  }

  private Syscall.Kept logs(Asked.Logs asked) throws Refusal, InterruptedException {
    var _ = known(asked.name());
    return new Syscall.Kept(
        Item.table().put("name", asked.name()).build(),
        Logs.of(stacks.of(asked.name()), asked, stacks.hands()));
  }

  private Syscall.Kept stats(String name) throws Refusal, InterruptedException {
    var _ = known(name);
    View.Shown shown = stacks.of(name).view().services().get(name);
    List<Item> lines = new ArrayList<>();
    for (View.Held held : shown == null ? List.<View.Held>of() : shown.replicas()) {
      if (held.runs() && held.service().isPresent()) {
        Item.TableBuilder line = Item.table().put("replica", held.replica());
        try {
          used(line, held.service().get().stats());
        } catch (DriverException e) {
          line.put("why", String.valueOf(e.getMessage()));
        }
        lines.add(line.build());
      }
    }
    return new Syscall.Kept(Item.table().put("replicas", Item.array(lines)).build());
  }

  private static void used(Item.TableBuilder line, ServiceStats stats) {
    line.put("processor", stats.processor().toMillis())
        .put("memory", stats.memory())
        .put("memory_limit", stats.memoryLimit())
        .put("processes", stats.processes())
        .put("received", stats.received())
        .put("sent", stats.sent())
        .put("read", stats.read())
        .put("written", stats.written());
  }
}
