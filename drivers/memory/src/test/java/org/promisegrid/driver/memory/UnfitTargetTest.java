package org.promisegrid.driver.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.tck.SandboxDriverContract;
import org.promisegrid.tck.TestProgram;

/// What the contract does where the target can't work: nothing, unless it must work there.
class UnfitTargetTest {

  private static final String REQUIRED = "grid.require.memory";

  /// Run by this test only.
  static final class Unfit extends SandboxDriverContract {

    private final MemoryTarget target = new MemoryTarget("tck");

    Unfit() {
      target.become(Fitness.unfit(Fitness.Status.UNDETECTED, "not installed"));
    }

    @Override
    protected SandboxDriverFactory factory() {
      return new MemoryDriverFactory(target);
    }

    @Override
    protected Form build(TestProgram program) {
      throw new AssertionError("nothing is built for a target that can't work");
    }
  }

  @Test
  void everyTestIsSkippedWithTheReason() {
    assertThat(resultsOfTheContract())
        .hasSizeGreaterThan(100)
        .allSatisfy(result -> {
          assertThat(result.getStatus()).isEqualTo(TestExecutionResult.Status.ABORTED);
          assertThat(result.getThrowable().orElseThrow()).hasMessageContaining("not installed");
        });
  }

  @Test
  void everyTestFailsWithTheReasonWhereTheDriverIsRequired() {
    System.setProperty(REQUIRED, "");
    try {
      assertThat(resultsOfTheContract())
          .hasSizeGreaterThan(100)
          .allSatisfy(result -> {
            assertThat(result.getStatus()).isEqualTo(TestExecutionResult.Status.FAILED);
            assertThat(result.getThrowable().orElseThrow()).hasMessageContaining("not installed");
          });
    } finally {
      System.clearProperty(REQUIRED);
    }
  }

  private static List<TestExecutionResult> resultsOfTheContract() {
    List<TestExecutionResult> results = new CopyOnWriteArrayList<>();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request().selectors(selectClass(Unfit.class)).build();
    LauncherFactory.create()
        .execute(
            request,
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest()) {
                  results.add(result);
                }
              }
            });
    return results;
  }
}
