package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.Target;

/// What every driver keeps. A driver's own test extends this, names its factory and builds the
/// programs; each subject of the contract is a nested class, to be read as specification:
/// [OpeningContract], [OffersContract], [LifecycleContract], [CreatingContract], [StreamsContract],
/// [LogContract], [LimitsContract], [EndingContract], [SurroundingsContract], [ManyContract],
/// [AdoptionContract], [PowersContract], [PortContract], [SecretsContract], [ServicesContract],
/// [ServiceLogsContract], [ServiceExecContract], [ServiceFilesContract], [ServiceReachContract].
///
/// Where the target can't work, the suite is skipped with the reason that the driver's probe gives,
/// unless `GRID_REQUIRE_DRIVERS` or `-Dgrid.require.<driver>` says that it must work here. What a
/// driver has no trait for is skipped, or tested to be absent.
///
/// The tests wait for events, never for time; one that hangs has found a driver that lost an event.
@Timeout(600)
public abstract class SandboxDriverContract {

  @TempDir Path scratch;

  private final TestContent content = new TestContent();

  @SuppressWarnings("this-escape") // the bench asks for nothing before a test runs
  private final Bench bench = new Bench(this, content);

  private boolean works;

  /// The factory of the driver under test, as the agent would find it.
  protected abstract SandboxDriverFactory factory();

  /// This driver's build of `program`: its code is put into [#content], its form returned. May be
  /// called often for the same program.
  protected abstract Form build(TestProgram program);

  /// The owner's settings that lead to a target this suite may fill and empty; the first it has is
  /// taken.
  protected Map<String, String> settings() {
    return Map.of();
  }

  /// Lets a sandbox that runs [TestProgram#WAIT] end by itself. For a driver with the trait
  /// `OUTLIVES_AGENT` this is asked after the driver that served `in` was closed, too.
  protected void release(SandboxId id, Feed in) {
    in.end();
  }

  /// What [TestProgram#FILES] writes where the workload was given nothing: nothing, unless its code
  /// itself is folders and files.
  protected String filesOfItsCode() {
    return "";
  }

  /// What runs `program` within a sandbox that has its code, its arguments still to come. Asked for
  /// [TestProgram#SERVE] only.
  protected List<String> program(TestProgram program) {
    return List.of(program.name().toLowerCase(Locale.ROOT));
  }

  /// Whether every service is promised that the contract asks for; where one isn't, what is tested
  /// with it is skipped.
  protected boolean keepsEveryService() {
    return true;
  }

  /// What hosts of this test hold.
  protected final TestContent content() {
    return content;
  }

  /// Opens the driver as the agent does.
  final SandboxDriver open(Host host) {
    return factory().open(target(), settings(), host);
  }

  final Target target() {
    return factory().targets(settings()).getFirst();
  }

  @BeforeEach
  final void theTargetCanWorkHere() throws InterruptedException {
    bench.open();
    String name = factory().name();
    Requirement requirement =
        Requirement.of(
            name,
            System.getenv(Requirement.VARIABLE),
            System.getProperty(Requirement.PROPERTY + name));
    Fitness fitness = bench.driver().probe();
    works = fitness.status() == Fitness.Status.HEALTHY;
    requirement.reasonToSkip(name, fitness).ifPresent(Assumptions::abort);
    assertThat(bench.listed()).as("left on the target by something else").isEmpty();
  }

  @AfterEach
  final void nothingIsLeftOnTheTarget() throws InterruptedException {
    try {
      if (works) {
        assertThat(bench.listed()).as("left on the target").isEmpty();
      }
    } finally {
      bench.clear(works);
    }
  }

  @Nested
  final class Opening extends OpeningContract {
    Opening() {
      super(SandboxDriverContract.this, bench);
    }
  }

  @Nested
  final class Offers extends OffersContract {
    Offers() {
      super(bench);
    }
  }

  @Nested
  final class Lifecycle extends LifecycleContract {
    Lifecycle() {
      super(bench);
    }
  }

  @Nested
  final class Creating extends CreatingContract {
    Creating() {
      super(bench);
    }
  }

  @Nested
  final class Streams extends StreamsContract {
    Streams() {
      super(bench);
    }
  }

  @Nested
  final class Log extends LogContract {
    Log() {
      super(bench);
    }
  }

  @Nested
  final class Limits extends LimitsContract {
    Limits() {
      super(bench);
    }
  }

  @Nested
  final class Ending extends EndingContract {
    Ending() {
      super(bench);
    }
  }

  @Nested
  final class Surroundings extends SurroundingsContract {
    Surroundings() {
      super(bench);
    }
  }

  @Nested
  final class Many extends ManyContract {
    Many() {
      super(bench);
    }
  }

  @Nested
  final class Adoption extends AdoptionContract {
    Adoption() {
      super(bench);
    }
  }

  @Nested
  final class Powers extends PowersContract {
    Powers() {
      super(bench);
    }
  }

  @Nested
  final class SecretFiles extends SecretsContract {
    SecretFiles() {
      super(bench);
    }
  }

  @Nested
  final class Ports extends PortContract {
    Ports() {
      super(bench);
    }
  }

  @Nested
  final class Keeping extends ServicesContract {
    Keeping() {
      super(SandboxDriverContract.this, bench);
    }
  }

  @Nested
  final class KeptLogs extends ServiceLogsContract {
    KeptLogs() {
      super(SandboxDriverContract.this, bench);
    }
  }

  @Nested
  final class Giving extends ServiceFilesContract {
    Giving() {
      super(SandboxDriverContract.this, bench);
    }
  }

  @Nested
  final class Reaching extends ServiceReachContract {
    Reaching() {
      super(SandboxDriverContract.this, bench);
    }
  }

  @Nested
  final class RunningBeside extends ServiceExecContract {
    RunningBeside() {
      super(SandboxDriverContract.this, bench);
    }
  }
}
