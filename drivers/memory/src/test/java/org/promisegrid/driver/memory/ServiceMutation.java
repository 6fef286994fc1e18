package org.promisegrid.driver.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.Execution;
import org.promisegrid.sandbox.service.FoundService;
import org.promisegrid.sandbox.service.FoundVolume;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceLog;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceState;
import org.promisegrid.sandbox.service.Services;

/// Ways in which a driver can be wrong about the services that it keeps, each with the test of the
/// contract that finds it.
enum ServiceMutation implements Wrong {
  ONE_THAT_ENDED_STARTS_AGAIN_BY_ITSELF(
      "Keeping",
      "itIsStartedAgainOnceItEndedAndItsLogGoesOn",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public ServiceExit await() throws InterruptedException {
                  ServiceExit exit = super.await();
                  to.start();
                  return exit;
                }
              };
            }
          }),

  ONE_THAT_WAS_STOPPED_STARTS_AGAIN(
      "Keeping",
      "itIsAskedToEndBySigterm",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public void stop() throws InterruptedException {
                  super.stop();
                  to.start();
                }
              };
            }
          }),

  ITS_EXIT_CODE_IS_LOST(
      "Keeping",
      "itTellsTheCodeThatItEndedWith(int)",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public ServiceExit await() throws InterruptedException {
                  ServiceExit exit = super.await();
                  return new ServiceExit(0, exit.memory(), exit.started(), exit.ended());
                }
              };
            }
          }),

  AN_END_FOR_WANT_OF_MEMORY_IS_NOT_TOLD_APART(
      "Reaching",
      "anEndForWantOfMemoryIsToldApart",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public ServiceExit await() throws InterruptedException {
                  ServiceExit exit = super.await();
                  return new ServiceExit(exit.code(), false, exit.started(), exit.ended());
                }
              };
            }
          }),

  A_SIGNAL_DOES_NOT_REACH_IT(
      "Keeping",
      "aSignalReachesIt(java.lang.String,java.lang.String)",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public void signal(String signal) {
                  // Whoever sent it believes that it was.
                }
              };
            }
          }),

  ITS_GRACE_IS_NOT_WAITED_FOR(
      "Keeping",
      "itIsAskedToEndBySigterm",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public void stop() throws InterruptedException {
                  to.signal("SIGKILL");
                  to.await();
                }
              };
            }
          }),

  ONE_THAT_RUNS_IS_STARTED(
      "Keeping",
      "oneThatRunsIsntStarted",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public void start() throws InterruptedException {
                  if (!(to.state() instanceof ServiceState.Running)) {
                    to.start();
                  }
                }
              };
            }
          }),

  REMOVING_LEAVES(
      "Keeping",
      "whatIsRemovedIsGoneHoweverOften",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public void remove() throws InterruptedException {
                  to.stop();
                }
              };
            }
          }),

  ADOPTING_FORGETS(
      "Keeping",
      "itRunsOnWithoutAnAgentAndTheNextOneAdoptsIt",
      services ->
          new ThroughServices(services) {
            @Override
            public Optional<Service> adopt(SandboxId id) {
              return Optional.empty();
            }
          }),

  ADOPTING_STARTS_ANEW(
      "Keeping",
      "itRunsOnWithoutAnAgentAndTheNextOneAdoptsIt",
      services ->
          new ThroughServices(services) {
            @Override
            public Optional<Service> adopt(SandboxId id) throws InterruptedException {
              Optional<Service> adopted = super.adopt(id);
              if (adopted.isPresent()) {
                adopted.get().signal("SIGKILL");
                var _ = adopted.get().await();
                adopted.get().start();
              }
              return adopted;
            }
          }),

  ITS_GENERATION_IS_IGNORED(
      "Keeping",
      "itsPlaceItsGenerationAndItsSourceAreFoundOnTheTarget",
      services ->
          new ThroughServices(services) {
            @Override
            FoundService found(FoundService it) {
              return new FoundService(it.id(), it.place(), 1, it.source(), it.state());
            }
          }),

  A_NAME_THAT_IS_TAKEN_IS_NOT_TOLD(
      "Keeping",
      "anIdThatExistsIsAConflictAndStaysAsItIs",
      services ->
          new ThroughServices(services) {
            @Override
            public Service create(SandboxId id, ServiceSpec spec, Offer offer)
                throws InterruptedException {
              Optional<Service> there = adopt(id);
              return there.isPresent() ? there.get() : super.create(id, spec, offer);
            }
          }),

  WHAT_COULD_NOT_BE_MADE_LEAVES_ITS_VOLUMES(
      "Keeping",
      "aCreateThatFailsLeavesNothing",
      services ->
          new ThroughServices(services) {
            @Override
            public Service create(SandboxId id, ServiceSpec spec, Offer offer)
                throws InterruptedException {
              try {
                return super.create(id, spec, offer);
              } catch (DriverException e) {
                left.addAll(
                    spec.mounts().stream()
                        .filter(Mounted.Volume.class::isInstance)
                        .map(it ->
                            new FoundVolume(spec.place().stack(), ((Mounted.Volume) it).name()))
                        .toList());
                throw e;
              }
            }

            private final List<FoundVolume> left = new ArrayList<>();

            @Override
            public List<FoundVolume> volumes() throws InterruptedException {
              List<FoundVolume> all = new ArrayList<>(super.volumes());
              all.addAll(left);
              return all;
            }
          }),

  ITS_LOG_IS_CUT(
      "KeptLogs",
      "bothStreamsAreKeptAndToldApart",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public ServiceLog logs(LogRange range) throws InterruptedException {
                  return super.logs(new LogRange(1, range.since(), range.follow()));
                }
              };
            }
          }),

  ITS_LOG_IS_TOLD_WHOLE_WHATEVER_IS_ASKED(
      "KeptLogs",
      "theLastLinesCanBeAskedFor",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public ServiceLog logs(LogRange range) throws InterruptedException {
                  return super.logs(LogRange.ALL);
                }
              };
            }
          }),

  ITS_LOG_IS_NOT_FOLLOWED(
      "KeptLogs",
      "whoFollowsHearsWhatComesUntilItEnds",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public ServiceLog logs(LogRange range) throws InterruptedException {
                  return super.logs(new LogRange(range.tail(), range.since(), false));
                }
              };
            }
          }),

  ITS_LOG_HAS_NO_BOUND(
      "KeptLogs",
      "theOldestGoesFirstWhenThereIsMoreThanIsKept",
      services ->
          new ThroughServices(services) {
            @Override
            ServiceSpec spec(ServiceSpec it) {
              var boundless = new ServiceSpec.LogTerms(1 << 30, 2);
              return other(it, it.mounts(), it.devices(), boundless);
            }
          }),

  THE_CODE_OF_A_PROGRAM_BESIDE_IT_IS_LOST(
      "RunningBeside",
      "aProgramsCodeIsTold(int)",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public Execution exec(ExecSpec spec) throws InterruptedException {
                  return new FaultyExecution(super.exec(spec), true);
                }
              };
            }
          }),

  STREAMS_OF_A_PROGRAM_BESIDE_IT_ARE_MIXED(
      "RunningBeside",
      "bothItsStreamsAreToldApartAndNotKept",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public Execution exec(ExecSpec spec) throws InterruptedException {
                  return new FaultyExecution(super.exec(spec), false);
                }
              };
            }
          }),

  VARIABLES_OF_A_PROGRAM_BESIDE_IT_ARE_LOST(
      "RunningBeside",
      "itHasTheServicesSurroundingsAndItsOwnVariables",
      services ->
          new ThroughServices(services) {
            @Override
            Service service(Service service) {
              return new ThroughService(service) {
                @Override
                public Execution exec(ExecSpec spec) throws InterruptedException {
                  return super.exec(
                      new ExecSpec(spec.words(), Map.of(), spec.user(), spec.terminal()));
                }
              };
            }
          }),

  ITS_FILES_ARE_LEFT_OUT(
      "Giving",
      "filesAreThereAgainAtEachStartByWhicheverAgent",
      services ->
          new ThroughServices(services) {
            @Override
            ServiceSpec spec(ServiceSpec it) {
              return other(it, List.of(), it.devices(), it.log());
            }
          }),

  A_FOLDER_OF_THE_HOST_IS_PROMISED(
      "Giving",
      "aFolderOrDeviceOfTheHostThatNobodyAllowedIsRefusedBeforeAnythingIsMade",
      services ->
          new ThroughServices(services) {
            @Override
            public Quote offers(ServiceSpec it) {
              return super.offers(other(it, List.of(), List.of(), it.log()));
            }
          });

  private final String subject;
  private final String test;

  @SuppressWarnings("ImmutableEnumChecker") // it holds nothing
  private final UnaryOperator<Services> mutate;

  /// @param subject the nested class of the contract
  /// @param test its method, with the types of its parameters
  ServiceMutation(String subject, String test, UnaryOperator<Services> mutate) {
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
    return new ThroughDriver(driver) {
      private final Services wrong = mutate.apply(driver.power(Services.class).orElseThrow());

      @Override
      public <P extends Power> Optional<P> power(Class<P> type) {
        return type == Services.class ? Optional.of(type.cast(wrong)) : super.power(type);
      }
    };
  }

  private static ServiceSpec other(
      ServiceSpec it, List<Mounted> mounts, List<String> devices, ServiceSpec.LogTerms log) {
    return new ServiceSpec(
        it.place(),
        it.generation(),
        it.source(),
        it.form(),
        it.workload(),
        it.security(),
        it.isolation(),
        it.allowance(),
        mounts,
        it.ports(),
        it.networks(),
        devices,
        it.ending(),
        log);
  }
}
