package org.promisegrid.server.wiring;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.annotations.QuarkusMain;
import org.jspecify.annotations.Nullable;

/// The agent's process.
@QuarkusMain
public final class AgentMain {

  AgentMain() {}

  public static void main(String[] arguments) {
    try {
      Options options = Options.read(System.getenv(), System.getProperties());
      // Where HTTP listens is Quarkus's to know before anything of ours is made.
      System.setProperty("quarkus.http.host", options.host());
      System.setProperty("quarkus.http.port", String.valueOf(options.port()));
    } catch (StartException e) {
      ended(1, e);
    }
    Quarkus.run(null, AgentMain::ended, arguments);
  }

  /// Ends the process; where it didn't begin as it should, says why.
  private static void ended(int code, @Nullable Throwable why) {
    if (why != null) {
      tell(why);
    }
    System.exit(code);
  }

  private static void tell(Throwable why) {
    for (Throwable cause = why; cause != null; cause = cause.getCause()) {
      if (cause instanceof StartException) {
        System.err.println("grid: " + cause.getMessage());
        return;
      }
      if (cause instanceof QuarkusBindException taken) {
        System.err.println(
            "grid: "
                + taken.getHost()
                + ":"
                + taken.getPort()
                + " can't be listened at: another"
                + " program has it; `grid.http.port` chooses another port");
        return;
      }
    }
    why.printStackTrace(System.err);
  }
}
