package org.promisegrid.driver.docker;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The contract, as containers of a Podman keep it that speaks as Docker does: the one whose socket
/// `GRID_TEST_PODMAN` names. `check` starts one of its own (`checks/podman.sh`).
///
/// Podman takes a second for each container, so that all of it takes minutes: that is for `check
/// --long`, and for whoever sets `GRID_TEST_PODMAN_ALL`. Else it is what the engine has a part in.
@EnabledIfEnvironmentVariable(named = PodmanDriverTest.VARIABLE, matches = "unix://.+")
@ExtendWith(PodmanDriverTest.Left.class)
final class PodmanDriverTest extends DockerDriverContract {

  static final String VARIABLE = "GRID_TEST_PODMAN";

  @Override
  protected Map<String, String> settings() {
    return Map.of("host", String.valueOf(System.getenv(VARIABLE)));
  }

  /// It says why it declines what it can't keep.
  @Override
  protected boolean keepsEveryService() {
    return false;
  }

  /// What Podman can't do, and what is left for longer runs.
  static final class Left implements ExecutionCondition {

    private static final Set<String> QUICK =
        Set.of("Lifecycle", "Limits", "Adoption", "Keeping", "Reaching");

    /// Podman closes a container's input with its first connection, so nobody speaks with a run
    /// again that its agent left. Such a run ends by itself, and is known then.
    private static final Set<String> SPOKEN_WITH_AGAIN =
        Set.of(
            "aRunningSandboxIsFoundAgainAndTellsHowItEnded",
            "anAdoptedIdIsStillTaken",
            "anAdoptedSandboxIsStopped",
            "limitsHoldWhileNobodyWatches",
            "theNextProcessTakesTheStreamsUp",
            "muchOutputIsTakenUpByteForByte",
            "streamsAreTakenUpOnceAndOnlyOfWhatWasStarted");

    /// Podman 4.3 looks for the mark of it in another folder than conmon leaves it in.
    private static final String MEMORY = "anEndForWantOfMemoryIsToldApart";

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      if (context.getTestMethod().isEmpty()) {
        return ConditionEvaluationResult.enabled("of each test by itself");
      }
      if (SPOKEN_WITH_AGAIN.contains(context.getRequiredTestMethod().getName())) {
        return ConditionEvaluationResult.disabled("Podman connects nobody to it again");
      }
      if (MEMORY.equals(context.getRequiredTestMethod().getName())) {
        return ConditionEvaluationResult.disabled("Podman 4.3 doesn't tell that of a service");
      }
      return System.getenv("GRID_TEST_PODMAN_ALL") != null
              || QUICK.contains(context.getRequiredTestClass().getSimpleName())
          ? ConditionEvaluationResult.enabled("Podman can do that")
          : ConditionEvaluationResult.disabled("it takes long: GRID_TEST_PODMAN_ALL");
    }
  }
}
