package org.promisegrid.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How an agent's process is ended.
@Timeout(300)
final class AgentProcessTest {

  /// Asked to end, it says so, and ends once it is told a word.
  private static final String DRAINS =
      "sleep 1000 & trap 'kill $!; echo asked; read word; exit 7' TERM; echo ready; wait";

  @Test
  void whoIsAskedToEndIsWaitedForUntilItHas() throws Exception {
    Process process = new ProcessBuilder("sh", "-c", DRAINS).start();
    try (BufferedReader says = process.inputReader();
        Writer tells = process.outputWriter()) {
      assertThat(says.readLine()).isEqualTo("ready");
      CompletableFuture<Void> ended = CompletableFuture.runAsync(() -> AgentProcess.end(process));
      assertThat(says.readLine()).isEqualTo("asked");
      assertThat(ended).isNotDone();

      tell(tells);
      ended.get();

      assertThat(process.isAlive()).isFalse();
      assertThat(process.exitValue()).isEqualTo(7);
    } finally {
      process.destroyForcibly();
    }
  }

  private static void tell(Writer tells) throws IOException {
    tells.write("go\n");
    tells.flush();
  }
}
