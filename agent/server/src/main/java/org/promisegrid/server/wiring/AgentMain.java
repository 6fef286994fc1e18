package org.promisegrid.server.wiring;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/// The agent's process.
@QuarkusMain
public final class AgentMain {

  private AgentMain() {}

  public static void main(String[] arguments) {
    try {
      Options options = Options.read(System.getenv(), System.getProperties());
      // Where HTTP listens is Quarkus's to know before anything of ours is made.
      System.setProperty("quarkus.http.host", options.host());
      if (System.getenv("QUARKUS_HTTP_PORT") == null) {
        System.setProperty("quarkus.http.port", String.valueOf(options.port()));
      }
    } catch (Options.OptionException e) {
      System.err.println("grid: " + e.getMessage());
      System.exit(1);
    }
    Quarkus.run(arguments);
  }
}
