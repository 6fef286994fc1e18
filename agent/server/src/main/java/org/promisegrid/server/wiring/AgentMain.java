package org.promisegrid.server.wiring;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.message.Json;
import org.promisegrid.server.wire.Heads;

/// The agent's process.
@QuarkusMain
public final class AgentMain {

  /// What `grid config check` runs this with.
  private static final String CHECK = "--check-config";

  AgentMain() {}

  public static void main(String[] arguments) {
    if (Arrays.equals(arguments, new String[] {CHECK})) {
      System.exit(check());
    }
    try {
      Options options = Options.read(System.getenv(), System.getProperties());
      // Quarkus would read further options of its own in the folder that we were called from, which
      // may be anybody's.
      System.setProperty("user.dir", options.home().toString());
      // Where HTTP listens is Quarkus's to know before anything of ours is made.
      Doorway.of(options).properties(options).forEach(System::setProperty);
      System.setProperty(
          "quarkus.http.limits.max-connections",
          String.valueOf(options.number(Option.CONNECTIONS)));
      Heads.use(options.time(Option.HEADERS));
      System.setProperty(
          "quarkus.log.file.json.enabled", String.valueOf(options.text(Option.LOG).equals("json")));
      System.setProperty(
          "quarkus.log.console.json.enabled",
          String.valueOf(options.text(Option.LOG).equals("json")));
    } catch (StartException e) {
      ended(e.code(), e);
    }
    Quarkus.run(AgentApplication.class, AgentMain::ended, arguments);
  }

  private static int check() {
    ConfigCheck.Report report = ConfigCheck.of(System.getenv(), System.getProperties());
    System.out.println(Json.write(report.item()));
    return report.wrong().isEmpty() ? 0 : 1;
  }

  /// Ends the process; where it didn't begin as it should, says why.
  private static void ended(int code, @Nullable Throwable why) {
    System.exit(why == null ? code : tell(code, why));
  }

  /// Says why; what to end with.
  private static int tell(int code, Throwable why) {
    for (Throwable cause = why; cause != null; cause = cause.getCause()) {
      if (cause instanceof StartException refused) {
        System.err.println("grid: " + refused.getMessage());
        return refused.code();
      }
      if (cause instanceof QuarkusBindException taken) {
        System.err.println(
            "grid: "
                + taken.getHost()
                + ":"
                + taken.getPort()
                + " can't be listened at: another"
                + " program has it; `grid.http.port` chooses another port");
        return code;
      }
    }
    why.printStackTrace(System.err);
    return code;
  }
}
