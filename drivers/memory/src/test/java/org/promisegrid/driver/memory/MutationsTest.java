package org.promisegrid.driver.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectNestedMethod;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.promisegrid.tck.SandboxDriverContract;

/// The contract is worth what it finds: each [Mutation] of the reference driver fails the test that
/// is there for it, which the driver passes as it is.
final class MutationsTest {

  @ParameterizedTest
  @EnumSource
  void aDriverThatIsWrongInOneWayFails(Mutation mutation) {
    assertThat(statuses(Optional.of(mutation), MutatedContract.Impatient.class, mutation))
        .as(mutation.toString())
        .contains(Status.FAILED);
  }

  @ParameterizedTest
  @EnumSource
  void theSameTestIsPassedWithoutTheMutation(Mutation mutation) {
    assertThat(statuses(Optional.empty(), MutatedContract.class, mutation))
        .as(mutation.toString())
        .contains(Status.SUCCESSFUL)
        .doesNotContain(Status.FAILED);
  }

  /// How the test that is there for `mutation` went with the driver that is tried.
  private static List<Status> statuses(
      Optional<Mutation> tried, Class<? extends MutatedContract> contract, Mutation mutation) {
    List<Status> statuses = new CopyOnWriteArrayList<>();
    String subject = SandboxDriverContract.class.getName() + "$" + mutation.subject();
    String[] test = mutation.test().split("[()]", -1);
    MutatedContract.tried = tried;
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(
                    selectNestedMethod(
                        List.of(contract.getName()),
                        subject,
                        test[0],
                        test.length > 1 ? test[1] : ""))
                .build(),
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier id, TestExecutionResult result) {
                if (id.isTest()) {
                  statuses.add(result.getStatus());
                }
              }
            });
    assertThat(statuses).as("tests of " + mutation).isNotEmpty();
    return statuses;
  }
}
