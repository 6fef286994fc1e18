package org.promisegrid.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.promisegrid.kernel.backup.Backup;
import org.promisegrid.kernel.call.Ceiling;
import org.promisegrid.kernel.call.Functions;
import org.promisegrid.kernel.call.Runner;
import org.promisegrid.kernel.call.Signer;
import org.promisegrid.kernel.call.Survivors;
import org.promisegrid.kernel.call.Tally;
import org.promisegrid.kernel.call.UserCalls;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.dispatch.Alarms;
import org.promisegrid.kernel.dispatch.Dispatch;
import org.promisegrid.kernel.dispatch.Event;
import org.promisegrid.kernel.dispatch.FairShare;
import org.promisegrid.kernel.dispatch.ImageTargets;
import org.promisegrid.kernel.dispatch.Learning;
import org.promisegrid.kernel.dispatch.Measuring;
import org.promisegrid.kernel.dispatch.Pace;
import org.promisegrid.kernel.dispatch.Rates;
import org.promisegrid.kernel.dispatch.ServiceTargets;
import org.promisegrid.kernel.dispatch.Survival;
import org.promisegrid.kernel.dispatch.TargetImages;
import org.promisegrid.kernel.dispatch.Targets;
import org.promisegrid.kernel.index.Graph;
import org.promisegrid.kernel.index.Index;
import org.promisegrid.kernel.index.Readers;
import org.promisegrid.kernel.journal.Disk;
import org.promisegrid.kernel.journal.Journal;
import org.promisegrid.kernel.journal.JournalException;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.kernel.secret.SecretStore;
import org.promisegrid.kernel.stack.ServiceSyscalls;
import org.promisegrid.kernel.stack.Stacks;
import org.promisegrid.kernel.stack.Timer;
import org.promisegrid.kernel.storage.Caretaker;
import org.promisegrid.kernel.storage.Clockwatch;
import org.promisegrid.kernel.storage.Collector;
import org.promisegrid.kernel.storage.Renewals;
import org.promisegrid.kernel.storage.Storage;
import org.promisegrid.kernel.storage.Usage;
import org.promisegrid.kernel.syscall.Access;
import org.promisegrid.kernel.syscall.AgentSyscalls;
import org.promisegrid.kernel.syscall.AuditSyscalls;
import org.promisegrid.kernel.syscall.ContentSyscalls;
import org.promisegrid.kernel.syscall.ImageSyscalls;
import org.promisegrid.kernel.syscall.RefSyscalls;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.syscall.SecretSyscalls;
import org.promisegrid.kernel.syscall.StorageSyscalls;
import org.promisegrid.kernel.syscall.Syscall;
import org.promisegrid.kernel.syscall.TokenSyscalls;
import org.promisegrid.kernel.token.Verifier;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.SandboxEvent;
import org.promisegrid.sandbox.Target;

/// Puts a kernel together, from the home up, and takes it apart in the opposite order.
final class Parts implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Parts.class.getName());

  /// Bytes of chains whose signatures needn't be checked again.
  private static final int REMEMBERED_CHAINS = 8 << 20;

  /// What is to be closed, last opened first.
  private final Deque<AutoCloseable> open;

  private final Home home;
  private final ContentStore content;
  private final Ledger ledger;
  private final SecretStore secrets;
  private final Signer signer;
  private final Targets targets;
  private final FairShare admission;
  private final Learning learning;
  private final UserCalls calls;
  private final Gate gate;
  private final Map<String, Syscall> syscalls;
  private final Tally tally = new Tally();
  private final ExecutorService background;

  /// Told how far code is that services wait for; nobody, until there are any.
  private volatile BiConsumer<Cid, String> bringing = (_, _) -> {};

  private final IndexFolder indexFolder;
  private final Status status;
  private volatile boolean indexIsDamaged;

  private Parts(
      Deque<AutoCloseable> open,
      Settings settings,
      Drivers drivers,
      InstantSource clock,
      SecureRandom random,
      Disk disk,
      Starting starting,
      Optional<Timer> timer) {
    this.open = open;
    Instant started = clock.instant();
    this.home = opened(Home.open(settings.home(), clock, random));
    Disk reserved = Disk.reserving(disk, home.directory().resolve("journal.reserve"));
    Journal.makeRoom(reserved, home.directory());
    this.content =
        opened(
            ContentStore.open(
                home.directory(), settings.storage().reserve(), settings.storage().content()));
    sweep(home.scratch());
    this.indexFolder = new IndexFolder(home.directory());
    Journal.Setup setup =
        new Journal.Setup(
            home.directory().resolve("journal"),
            Protocols.cid("journal"),
            home.key(),
            clock,
            reserved,
            settings.segment());
    Index index = opened(indexFolder.open(known -> Journal.wholeUpTo(setup, known)));
    Graph graph = new Graph(index, content);
    this.ledger =
        opened(
            Ledger.open(
                index,
                graph,
                (appliedUpTo, follower) ->
                    Journal.open(setup, appliedUpTo, follower, starting::applied)));
    this.secrets = SecretStore.open(home.directory(), ledger.secrets(), random);
    this.signer = new Signer(home.key());
    this.background = Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());
    opened(background);
    Alarms alarms = opened(new Alarms());
    this.targets =
        opened(
            Targets.open(
                drivers.factories(),
                settings.drivers(),
                target -> host(target, clock),
                Pace.DEFAULT,
                alarms,
                System::nanoTime,
                this::tell));
    drivers.skipped().forEach(this::tell);
    List<Event.Skipped> skipped = new ArrayList<>(drivers.skipped());
    skipped.addAll(targets.skipped());
    this.learning = new Learning(clock);
    learning.restore(
        ledger.learned().entrySet().stream()
            .map(saved -> new Learning.Saved(saved.getKey(), saved.getValue()))
            .toList());
    opened(this::keepLearned);
    this.admission = new FairShare(clock, System::nanoTime, FairShare.WAITING);
    Dispatch dispatch =
        new Dispatch(
            targets,
            Rates.from(settings.rates()),
            learning,
            admission,
            clock,
            System::nanoTime,
            alarms,
            this::tell);
    Measuring measuring =
        opened(
            new Measuring(
                targets,
                learning,
                admission,
                clock,
                System::nanoTime,
                alarms,
                this::tell,
                Measuring.LOOK,
                Measuring.STALE));
    Readers readers = new Readers(index);
    Access access = new Access(content, readers);
    Storage storage = settings.storage();
    Renewals renewals = new Renewals(ledger.keeping(), clock, storage.lease());
    Functions functions = new Functions(access, ledger);
    Verifier verifier =
        new Verifier(
            home.key().did(),
            Protocols.cid("token"),
            Protocols.cid("call"),
            clock,
            links -> links.stream().filter(ledger.tokens()::isRevoked).findFirst(),
            new JournaledUses(ledger),
            REMEMBERED_CHAINS);
    this.gate = new Gate(verifier, functions, readers, ledger, clock);
    Runner runner = new Runner(content, access, ledger, renewals, dispatch, signer, tally);
    this.calls =
        opened(
            new UserCalls(
                functions,
                access,
                secrets,
                content,
                ledger,
                renewals,
                runner,
                signer,
                home.scratch(),
                clock,
                new Ceiling(storage.output(), settings.allowance().time()),
                tally));
    this.status =
        new Status(
            settings, started, home, signer, content, ledger, targets, skipped, admission, calls,
            tally);
    Arrivals arrivals = new Arrivals(targets::all, this::tell);
    List<Runnable> revoked = new ArrayList<>();
    Map<String, Syscall> all = new LinkedHashMap<>();
    all.putAll(new ContentSyscalls(content, access, ledger, renewals, arrivals::prepare).all());
    all.putAll(new RefSyscalls(signer.node(), access, ledger).all());
    all.putAll(
        new TokenSyscalls(verifier, ledger, clock, () -> revoked.forEach(Runnable::run)).all());
    all.putAll(new AgentSyscalls(ledger, status::describe).all());
    all.putAll(new SecretSyscalls(signer.node(), secrets).all());
    all.putAll(new AuditSyscalls(ledger).all());
    Collector collector = new Collector(ledger, content, storage, clock);
    Backup backup =
        new Backup(home.directory(), content, ledger, secrets, home.key(), clock, random);
    all.putAll(calls.syscalls());
    Stacks stacks =
        opened(
            new Stacks(
                signer.node(),
                ledger,
                cid -> message(access, cid),
                new ServiceTargets(targets, Rates.from(settings.rates())),
                clock,
                timer.orElse((delay, action) -> {
                  var _ = alarms.set(delay, action);
                }),
                alarms));
    revoked.add(stacks::revoked);
    this.bringing =
        (code, far) -> {
          calls.bringing(code, far);
          stacks.bringing(code, far);
        };
    TargetImages images = new TargetImages(targets, stacks::images);
    all.putAll(
        new StorageSyscalls(
                ledger.keeping(),
                access,
                collector,
                new Usage(home.directory(), content, storage),
                backup,
                stacks::tidy,
                images)
            .all());
    all.putAll(new ServiceSyscalls(signer.node(), stacks, content, access, secrets, ledger).all());
    all.putAll(new ImageSyscalls(content, access, ledger, new ImageTargets(targets)).all());
    this.syscalls = Map.copyOf(all);
    Survival survival = new Survival(targets, clock, System::nanoTime, alarms, this::tell);
    calls.settle(new Survivors(survival, functions, content, ledger, runner, signer, tally, clock));
    Clockwatch watch = new Clockwatch(clock, Clockwatch.passing(), ledger.keeping()::reckoning);
    ledger.started(settings.version());
    stacks.start();
    measuring.start();
    storage
        .collect()
        .ifPresent(
            every -> opened(new Caretaker(collector, images::collect, watch, every)).start());
  }

  static Parts open(
      Settings settings,
      Drivers drivers,
      InstantSource clock,
      SecureRandom random,
      Disk disk,
      Starting starting,
      Optional<Timer> timer) {
    IndexFolder index = new IndexFolder(settings.home());
    try {
      return whole(settings, drivers, clock, random, disk, starting, timer);
    } catch (RuntimeException e) {
      if (!index.isDamage(e)) {
        throw told(settings.home(), e);
      }
    }
    // What was found only while reading it is made anew, once.
    index.mark();
    try {
      return whole(settings, drivers, clock, random, disk, starting, timer);
    } catch (RuntimeException e) {
      throw told(settings.home(), e);
    }
  }

  /// All of it, or nothing left open.
  private static Parts whole(
      Settings settings,
      Drivers drivers,
      InstantSource clock,
      SecureRandom random,
      Disk disk,
      Starting starting,
      Optional<Timer> timer) {
    Deque<AutoCloseable> open = new ArrayDeque<>();
    try {
      return new Parts(open, settings, drivers, clock, random, disk, starting, timer);
    } catch (RuntimeException | Error e) {
      // Whoever mends what was wrong can open the home again, in this process too.
      closeAll(open).ifPresent(e::addSuppressed);
      throw e;
    }
  }

  private static RuntimeException told(Path home, RuntimeException e) {
    return switch (e) {
      case HomeException known -> known;
      case StorageException storage ->
          told(
              home,
              switch (storage.kind()) {
                case DAMAGED -> HomeException.Kind.DAMAGED;
                case IN_USE -> HomeException.Kind.IN_USE;
                case EXHAUSTED -> HomeException.Kind.BROKEN;
                case BROKEN -> HomeException.kind(e);
              },
              e);
      case JournalException journal ->
          told(
              home,
              journal.kind() == JournalException.Kind.CORRUPT
                  ? HomeException.Kind.DAMAGED
                  : HomeException.kind(e),
              e);
      case UncheckedIOException files -> told(home, HomeException.kind(files), files);
      default -> e;
    };
  }

  private static HomeException told(Path home, HomeException.Kind kind, RuntimeException e) {
    // Whoever has to change a file's mode needs its name.
    Throwable cause = e.getCause();
    String file = kind == HomeException.Kind.REFUSED && cause != null ? ": " + cause : "";
    return new HomeException(
        kind, "the home " + home + " can't be opened: " + e.getMessage() + file, e);
  }

  /// What went wrong: if it is the index, the next start makes it anew, and all that this one is
  /// good for is to be ended.
  void failed(RuntimeException e) {
    if (indexFolder.isDamage(e)) {
      indexFolder.mark();
      if (!indexIsDamaged) {
        indexIsDamaged = true;
        LOG.log(
            System.Logger.Level.ERROR,
            "the index is damaged, and made anew when the agent is started anew: "
                + IndexFolder.reason(e));
      }
    }
  }

  /// What lies there, where it is whole and a message.
  private static Optional<Message> message(Access access, Cid cid) {
    try {
      return access.message(cid);
    } catch (Refusal damaged) {
      LOG.log(System.Logger.Level.ERROR, "{0}: {1}", cid, damaged.getMessage());
      return Optional.empty();
    }
  }

  /// Whether a part of the index couldn't be read.
  boolean indexIsDamaged() {
    return indexIsDamaged;
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  /// What an agent that was killed left of its copies.
  private static void sweep(Path scratch) {
    try {
      Backup.sweep(scratch);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private LentHome host(Target target, InstantSource clock) {
    try {
      return new LentHome(signer.node(), clock, home.driver(target.driver()), content, secrets);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Journals what happens to targets, behind the back of whoever tells it.
  private void tell(Event event) {
    switch (event) {
      case Event.Skipped(String driver, String why) -> tell(driver, "skipped", why);
      case Event.FitnessChanged(Target target, var fitness) ->
          tell(target.toString(), Words.of(fitness.status()), fitness.reason());
      case Event.Noticed(Target target, SandboxEvent noticed) -> {
        tell(target.toString(), Words.of(noticed.kind()), noticed.detail());
        if (noticed.kind() == SandboxEvent.Kind.BRINGING) {
          noticed.code().ifPresent(code -> bringing.accept(code, noticed.detail()));
        }
      }
      case Event.Measured(Target target, boolean warm) ->
          tell(target.toString(), "measured", warm ? "warm" : "cold");
      case Event.NotMeasured(Target target, String why) ->
          tell(target.toString(), "not_measured", why);
      case Event.NotClosed(Target target, String why) -> tell(target.toString(), "not_closed", why);
    }
  }

  private void tell(String target, String kind, String detail) {
    try {
      background.execute(() -> {
        try {
          ledger.target(target, kind, detail);
        } catch (RuntimeException e) {
          LOG.log(System.Logger.Level.WARNING, "not written to the journal: " + kind, e);
        }
      });
    } catch (java.util.concurrent.RejectedExecutionException e) {
      LOG.log(System.Logger.Level.DEBUG, "{0}: {1}, {2}", target, kind, detail);
    }
  }

  private void keepLearned() {
    Map<String, Item> all = new HashMap<>();
    learning.snapshot().forEach(saved -> all.put(saved.key(), saved.item()));
    ledger.learned(all);
  }

  Measures measures() {
    return status.measures();
  }

  boolean awaitReady(Duration atMost) throws InterruptedException {
    try {
      targets.ready().get(atMost.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("probing never fails", e);
    }
  }

  Ledger ledger() {
    return ledger;
  }

  Signer signer() {
    return signer;
  }

  Targets targets() {
    return targets;
  }

  UserCalls calls() {
    return calls;
  }

  Gate gate() {
    return gate;
  }

  Map<String, Syscall> syscalls() {
    return syscalls;
  }

  Tally tally() {
    return tally;
  }

  @Override
  public void close() {
    Optional<RuntimeException> failure = closeAll(open);
    if (failure.isPresent()) {
      throw failure.get();
    }
  }

  /// Closes every part, whatever others do.
  ///
  /// @return the first failure, with the others
  private static Optional<RuntimeException> closeAll(Deque<AutoCloseable> open) {
    Optional<RuntimeException> failure = Optional.empty();
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        if (failure.isEmpty()) {
          failure = Optional.of(new IllegalStateException("a part that can't be closed", e));
        } else {
          failure.get().addSuppressed(e);
        }
      }
    }
    return failure;
  }
}
