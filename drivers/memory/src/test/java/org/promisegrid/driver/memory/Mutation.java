package org.promisegrid.driver.memory;

import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Stdio;

/// Ways in which a driver can be wrong about what it runs for calls, each with the test of the
/// contract that finds it.
enum Mutation implements Wrong {
  ARGUMENTS_ARE_SPLIT_AT_BLANKS(
      "Streams",
      "argumentsArriveByteForByte",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Invocation invocation(Invocation it) {
              List<String> split = List.of(String.join(" ", it.arguments()).split(" ", -1));
              return new Invocation(split, it.environment(), it.seed());
            }
          }),

  INPUT_IS_CUT(
      "Streams",
      "inputAndOutputAreNotTouched(int)",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Stdio stdio(Stdio it) {
              return new Stdio(Faulty.beginning(it.in()), it.out(), it.log());
            }
          }),

  OUTPUT_IS_CUT(
      "Streams",
      "inputAndOutputAreNotTouched(int)",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Stdio stdio(Stdio it) {
              return new Stdio(it.in(), new Faulty.Upto(it.out()), it.log());
            }
          }),

  WHAT_WAS_WRITTEN_IS_NOT_KEPT(
      "Adoption",
      "theNextProcessTakesTheStreamsUp",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Sandbox sandbox(Sandbox sandbox) {
              return new Faulty.Forgetful(sandbox, this);
            }
          }),

  STREAMS_ARE_CLOSED(
      "Streams",
      "theStreamsAreNotTheDriversToClose",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Stdio stdio(Stdio it) {
              // Whoever closes early or late, the stream can't tell.
              Faulty.shut(it.out());
              return it;
            }
          }),

  LOG_AND_OUTPUT_ARE_SWAPPED(
      "Log",
      "theLogIsNoPartOfTheOutput",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Stdio stdio(Stdio it) {
              return new Stdio(it.in(), /* out= */ it.log(), /* log= */ it.out());
            }
          }),

  LOG_HAS_NO_LIMIT(
      "Log",
      "whatCrossesTheLogLimitIsDiscardedAndTheRunGoesOn",
      driver ->
          new Faulty.WithLimits(
              driver, it -> new Limits(it.time(), it.memory(), it.output(), Limits.DEFAULT.log()))),

  EXIT_CODE_IS_LOST(
      "Lifecycle",
      "anExitCodeIsAnOutcomeNotAnError(int)",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Ending ending(Ending it) {
              return it.outcome() instanceof Outcome.Exited
                  ? new Ending(new Outcome.Exited(0), it.usage())
                  : it;
            }
          }),

  A_FAULT_IS_AN_EXIT(
      "Lifecycle",
      "aFaultIsAnOutcomeAndWhatWasWrittenBeforeArrives",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Ending ending(Ending it) {
              return it.outcome() instanceof Outcome.Faulted
                  ? new Ending(new Outcome.Exited(134), it.usage())
                  : it;
            }
          }),

  CLOSING_LEAKS(
      "Lifecycle",
      "aSandboxIsCreatedThenRunsThenHasEndedThenIsGone",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Sandbox sandbox(Sandbox sandbox) {
              return new ThroughSandbox(sandbox, this) {
                @Override
                public void close() {
                  ((MemorySandbox) to).end(new Outcome.Stopped());
                }
              };
            }
          }),

  A_SANDBOX_STARTS_TWICE(
      "Lifecycle",
      "aSandboxIsStartedOnce",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Sandbox sandbox(Sandbox sandbox) {
              return new ThroughSandbox(sandbox, this) {
                @Override
                public void start(Invocation invocation, Stdio stdio, Port port)
                    throws InterruptedException {
                  try {
                    super.start(invocation, stdio, port);
                  } catch (DriverException e) {
                    if (e.kind() != DriverException.Kind.CONFLICT) {
                      throw e;
                    }
                  }
                }
              };
            }
          }),

  AN_ID_IS_TAKEN_TWICE(
      "Lifecycle",
      "anIdIsTakenWhileItsSandboxIsThere",
      driver ->
          new ThroughDriver(driver) {
            @Override
            public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer)
                throws InterruptedException {
              Optional<Sandbox> there = adopt(id);
              return there.isPresent() ? there.get() : super.create(id, spec, offer);
            }
          }),

  TIME_HAS_NO_LIMIT(
      "Limits",
      "aLoopIsEndedWhenItsTimeIsUp",
      driver ->
          new Faulty.WithLimits(
              driver, it -> new Limits(Duration.ofHours(1), it.memory(), it.output(), it.log()))),

  MEMORY_HAS_NO_LIMIT(
      "Limits",
      "memoryAboveTheLimitEndsTheRun",
      driver ->
          new Faulty.WithLimits(
              driver, it -> new Limits(it.time(), 1L << 39, it.output(), it.log()))),

  OUTPUT_HAS_NO_LIMIT(
      "Limits",
      "oneByteMoreThanTheOutputLimitEndsTheRun(int)",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Stdio stdio(Stdio it) {
              return new Stdio(it.in(), new Faulty.Unmoved(it.out()), it.log());
            }
          }),

  STOPPING_DOES_NOTHING(
      "Ending",
      "stopEndsAWorkloadThatWaits",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Sandbox sandbox(Sandbox sandbox) {
              return new ThroughSandbox(sandbox, this) {
                @Override
                public void stop(Duration grace) {
                  // Whoever asked believes that it is done.
                }
              };
            }
          }),

  STOPPED_IS_NO_OUTCOME(
      "Ending",
      "stopEndsALoopOnceTheGraceHasPassed",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Ending ending(Ending it) {
              return it.outcome() instanceof Outcome.Stopped
                  ? new Ending(new Outcome.Exited(143), it.usage())
                  : it;
            }
          }),

  THE_ENVIRONMENT_LEAKS(
      "Surroundings",
      "theEnvironmentIsEmpty",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Invocation invocation(Invocation it) {
              return new Invocation(it.arguments(), Map.of("HOME", "/root"), it.seed());
            }
          }),

  PURITY_IS_NOT_ENFORCED(
      "Surroundings", "aPureWorkloadsClockStandsStill", driver -> new Faulty.Purely(driver, false)),

  RANDOMNESS_IS_THE_SAME_FOR_ALL(
      "Surroundings", "randomnessIsNotTheSameTwice", driver -> new Faulty.Purely(driver, true)),

  THE_SEED_IS_IGNORED(
      "Surroundings",
      "aPureWorkloadsRandomnessComesFromItsSeed",
      driver ->
          new ThroughDriver(driver) {
            @Override
            Invocation invocation(Invocation it) {
              return new Invocation(it.arguments(), it.environment(), Optional.empty());
            }
          }),

  TWO_RUNS_SHARE_A_STREAM(
      "Many",
      "manyAtOnceEachGiveTheirOwnResult",
      driver ->
          new ThroughDriver(driver) {
            private final AtomicReference<@Nullable OutputStream> first = new AtomicReference<>();

            @Override
            Stdio stdio(Stdio it) {
              OutputStream before = first.compareAndExchange(null, it.out());
              return new Stdio(it.in(), before == null ? it.out() : before, it.log());
            }
          }),

  ADOPTING_FORGETS(
      "Adoption",
      "aRunningSandboxIsFoundAgainAndTellsHowItEnded",
      driver ->
          new ThroughDriver(driver) {
            @Override
            public Optional<Sandbox> adopt(SandboxId id) {
              return Optional.empty();
            }
          }),

  ONLY_OWN_SANDBOXES_ARE_LISTED(
      "Adoption",
      "aSandboxThatEndedTellsItsExitCodeToTheNextProcess",
      driver ->
          new ThroughDriver(driver) {
            private final Set<SandboxId> mine = ConcurrentHashMap.newKeySet();

            @Override
            public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer)
                throws InterruptedException {
              mine.add(id);
              return super.create(id, spec, offer);
            }

            @Override
            public List<Found> list() throws InterruptedException {
              return super.list().stream().filter(it -> mine.contains(it.id())).toList();
            }
          }),

  FITNESS_LIES(
      "Opening",
      "aHealthyTargetHasCapacity",
      driver ->
          new ThroughDriver(driver) {
            @Override
            public Fitness probe() throws InterruptedException {
              Fitness is = super.probe();
              return new Fitness(is.status(), is.reason(), Fitness.Capacity.NONE, is.labels());
            }
          }),

  PROBING_LEAVES_SOMETHING_BEHIND(
      "Opening",
      "aProbeLeavesNothingBehind",
      driver ->
          new ThroughDriver(driver) {
            private int probes;

            @Override
            public Fitness probe() throws InterruptedException {
              if (++probes > 1) { // the first is the suite's own
                SandboxSpec spec = sample().spec();
                Quote.Offered quote = (Quote.Offered) to.offers(spec);
                var _ = to.create(new SandboxId("probe"), spec, quote.offers().getFirst());
              }
              return super.probe();
            }
          }),

  MORE_ISOLATION_IS_OFFERED_THAN_THERE_IS(
      "Offers",
      "isolationIsOfferedUpToWhatTheDriverGives",
      driver ->
          new ThroughDriver(driver) {
            @Override
            public Quote offers(SandboxSpec it) {
              return super.offers(
                  new SandboxSpec(it.form(), it.limits(), Isolation.ANY, it.pure(), it.slots()));
            }
          }),

  A_SLOT_IS_LEFT_OUT(
      "Offers",
      "aSlotIsNeverLeftOutSilently(org.promisegrid.sandbox.Trait,org.promisegrid.sandbox.Filling)",
      driver ->
          new ThroughDriver(driver) {
            @Override
            SandboxSpec spec(SandboxSpec it) {
              return new SandboxSpec(it.form(), it.limits(), it.isolation(), it.pure(), Map.of());
            }
          }),

  A_POWER_IS_PROMISED_AND_NOT_THERE(
      "Powers",
      "aDriversPowerIsThereExactlyWhenItsTraitIs",
      driver ->
          new ThroughDriver(driver) {
            @Override
            public <P extends Power> Optional<P> power(Class<P> type) {
              return Optional.empty();
            }
          });

  private final String subject;
  private final String test;

  @SuppressWarnings("ImmutableEnumChecker") // it holds nothing
  private final UnaryOperator<SandboxDriver> mutate;

  /// @param subject the nested class of the contract
  /// @param test its method, with the types of its parameters
  Mutation(String subject, String test, UnaryOperator<SandboxDriver> mutate) {
    this.subject = subject;
    this.test = test;
    this.mutate = mutate;
  }

  @Override
  public String subject() {
    return subject;
  }

  @Override
  public String test() {
    return test;
  }

  @Override
  public SandboxDriver of(SandboxDriver driver) {
    return mutate.apply(driver);
  }
}
