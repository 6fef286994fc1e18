package example.forth;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/// Runs the contract without any build tool; ends with 1 if a test failed, or none ran.
final class RunContract {

  private RunContract() {}

  public static void main(String[] arguments) {
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(ForthDriverTest.class))
                .build(),
            summary);
    PrintWriter out = new PrintWriter(System.out, true);
    summary.getSummary().printFailuresTo(out, 20);
    out.printf(
        "%d passed, %d failed, %d skipped%n",
        summary.getSummary().getTestsSucceededCount(),
        summary.getSummary().getTotalFailureCount(),
        summary.getSummary().getTestsAbortedCount());
    boolean green =
        summary.getSummary().getTotalFailureCount() == 0
            && summary.getSummary().getTestsSucceededCount() > 0;
    System.exit(green ? 0 : 1);
  }
}
