package org.promisegrid.kernel.stack;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.promisegrid.kernel.dispatch.Alarms;
import org.promisegrid.kernel.dispatch.ServiceTargets;
import org.promisegrid.kernel.dispatch.ServiceTargets.Keeper;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.ledger.Ref;
import org.promisegrid.kernel.ledger.ServiceBook;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.service.FoundService;

/// The stacks of a node: one reconciler each. Closing it leaves the services running.
public final class Stacks implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Stacks.class.getName());
  private static final int PAGE = 1000;

  private final Ledger ledger;
  private final Reading reading;
  private final ServiceTargets targets;
  private final ExecutorService threads;
  private final Hands hands;
  private final Map<String, Reconciler> all = new ConcurrentSkipListMap<>();
  private final Set<Target> listed = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /// Reads a message from the store.
  @FunctionalInterface
  public interface Reading {
    /// The message; empty if it isn't there, or is none.
    Optional<Message> read(Cid cid);
  }

  public Stacks(
      NodeId node,
      Ledger ledger,
      Reading reading,
      ServiceTargets targets,
      InstantSource clock,
      Timer timer,
      Alarms alarms) {
    this.ledger = ledger;
    this.reading = reading;
    this.targets = targets;
    this.threads = Executors.newVirtualThreadPerTaskExecutor();
    this.hands =
        new Hands(
            node,
            targets,
            ledger.services(),
            ledger.tokens(),
            clock,
            timer,
            new Probe(alarms),
            threads,
            this::relist);
  }

  /// Takes up what is wanted, and what there is.
  public void start() {
    Set<String> names = new TreeSet<>();
    Optional<String> after = Optional.empty();
    do {
      List<Ref> page = ledger.refs().list(Stack.REFS, after, PAGE);
      page.forEach(it -> names.add(it.name().substring(Stack.REFS.length())));
      after = page.size() < PAGE ? Optional.empty() : Optional.of(page.getLast().name());
    } while (after.isPresent());
    names.forEach(this::of);
    targets.watch(this::fit);
  }

  /// A target can work. What it has is asked for once, and again where contact with it was lost.
  private void fit(Keeper keeper) {
    if (closed) {
      return;
    }
    if (listed.add(keeper.target())) {
      try {
        list(keeper);
      } catch (RuntimeException | LinkageError e) {
        // A third party's driver, or an engine that is gone again: after the next probe.
        LOG.log(System.Logger.Level.INFO, "{0} can't tell its services: {1}", keeper.target(), e);
        listed.remove(keeper.target());
        return;
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    all.values().forEach(Reconciler::fit);
  }

  private void list(Keeper keeper) throws InterruptedException {
    int left = keeper.services().tidy();
    if (left > 0) {
      LOG.log(System.Logger.Level.INFO, "{0}: {1} things left half made", keeper.target(), left);
    }
    Map<String, List<FoundService>> stacks = new HashMap<>();
    for (FoundService found : keeper.services().services()) {
      stacks.computeIfAbsent(found.place().stack(), _ -> new ArrayList<>()).add(found);
    }
    Set<String> names = new HashSet<>(all.keySet());
    names.addAll(stacks.keySet());
    for (String name : names) {
      of(name).listed(keeper, stacks.getOrDefault(name, List.of()));
    }
  }

  /// Has a target tell again what it has, as soon as it can.
  private void relist(Target target) {
    listed.remove(target);
    targets.probe(target);
  }

  /// Has targets that can work remove what was left half made there.
  public void tidy() throws InterruptedException {
    for (Keeper keeper : targets.all()) {
      if (keeper.isFit()) {
        try {
          keeper.services().tidy();
        } catch (RuntimeException | LinkageError e) {
          // A third party's driver, or an engine that is gone again: the others are still asked.
          LOG.log(System.Logger.Level.WARNING, keeper.target() + " can't be tidied", e);
        }
      }
    }
  }

  /// How far an image is on its way to a target: whoever asks for the services that wait for it is
  /// told.
  public void bringing(Cid image, String far) {
    all.values().forEach(it -> it.bringing(image, far));
  }

  /// The images of all services that are wanted, whether they run or not; empty if a stack can't be
  /// read.
  public Optional<Set<Cid>> images() {
    Set<Cid> images = new HashSet<>();
    for (String name : all.keySet()) {
      if (ledger.refs().find(Stack.REFS + name).isPresent()) {
        Optional<Wish> wish = wish(name);
        if (wish.isEmpty()) {
          return Optional.empty();
        }
        wish.get().stack().services().values().forEach(it -> images.add(it.image()));
      }
    }
    return Optional.of(images);
  }

  /// The reconciler of a stack.
  Reconciler of(String name) {
    return all.computeIfAbsent(
        name,
        it -> {
          Reconciler made = new Reconciler(it, hands);
          made.start(wish(it));
          return made;
        });
  }

  /// The reconciler of a stack, if there ever was such a stack.
  Optional<Reconciler> find(String name) {
    return wish(name).map(_ -> of(name));
  }

  /// All of them, by name.
  List<Reconciler> all() {
    return List.copyOf(all.values());
  }

  /// What is wanted of a stack, as it stands in the journal; empty if there never was such a stack.
  Optional<Wish> wish(String name) {
    return ledger.refs().find(Stack.REFS + name).flatMap(this::wish);
  }

  private Optional<Wish> wish(Ref ref) {
    Optional<ServiceBook.Under> under = ledger.services().under(ref.name());
    Optional<Message> head = reading.read(ref.head());
    if (under.isEmpty() || head.isEmpty()) {
      LOG.log(System.Logger.Level.ERROR, "the head of {0} can't be read", ref.name());
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Wish(ref.head(), Stack.of(head.get()), ref.by(), ref.at(), under.get()));
    } catch (MalformedException e) {
      LOG.log(System.Logger.Level.ERROR, "the head of " + ref.name() + " is no stack", e);
      return Optional.empty();
    }
  }

  /// A token was revoked: what is wanted by it stops.
  public void revoked() {
    all.values().forEach(Reconciler::fit);
  }

  /// What reconcilers work with.
  Hands hands() {
    return hands;
  }

  @Override
  public void close() {
    closed = true;
    all.values().forEach(Reconciler::close);
    threads.shutdownNow();
    threads.close();
  }
}
