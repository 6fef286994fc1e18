package org.promisegrid.driver.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectNestedMethod;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.promisegrid.tck.SandboxDriverContract;

/// The contract is worth what it finds: each [Mutation] and [ServiceMutation] of the reference
/// driver fails the test that is there for it, which the driver passes as it is.
final class MutationsTest {

  static Stream<Wrong> mutations() {
    return Stream.concat(Arrays.stream(Mutation.values()), Arrays.stream(ServiceMutation.values()));
  }

  @ParameterizedTest
  @MethodSource("mutations")
  void aDriverThatIsWrongInOneWayFails(Wrong mutation) {
    assertThat(statuses(Optional.of(mutation), MutatedContract.Impatient.class, mutation))
        .as(mutation.toString())
        .contains(Status.FAILED);
  }

  @ParameterizedTest
  @MethodSource("mutations")
  void theSameTestIsPassedWithoutTheMutation(Wrong mutation) {
    assertThat(statuses(Optional.empty(), MutatedContract.class, mutation))
        .as(mutation.toString())
        .contains(Status.SUCCESSFUL)
        .doesNotContain(Status.FAILED);
  }

  /// How the test that is there for `mutation` went with the driver that is tried.
  private static List<Status> statuses(
      Optional<Wrong> tried, Class<? extends MutatedContract> contract, Wrong mutation) {
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
