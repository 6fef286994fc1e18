package org.promisegrid.driver.docker;

import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.model.Container;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.promisegrid.driver.docker.engine.Attachment;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.Target;

/// Tells the shim of a container that its input is over, past the driver that has it.
final class InputEnd {

  /// STDIN_EOF, see the document `shim`.
  private static final byte[] FRAME = {0, 0, 0, 1, 9};

  private InputEnd() {}

  /// Returns when the container has ended; does nothing if it doesn't run.
  static void tell(Target target, SandboxId id) {
    Path socket = Settings.socket(target.address()).orElseThrow();
    try (Engine engine = new Engine(socket, Path.of("/nowhere"))) {
      List<Container> running =
          engine.ask(
              "looking for " + id,
              client ->
                  client.listContainersCmd().withNameFilter(List.of("-" + id.text() + "$")).exec());
      for (Container each : running) {
        tell(engine, each.getId());
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void tell(Engine engine, String container) throws InterruptedException {
    try (Attachment attachment = engine.attach("telling " + container, container)) {
      attachment.input().write(FRAME);
      engine.ask(
          "awaiting " + container,
          client ->
              client
                  .waitContainerCmd(container)
                  .exec(new WaitContainerResultCallback())
                  .awaitStatusCode());
    } catch (IOException | DriverException e) {
      System.getLogger(InputEnd.class.getName())
          .log(System.Logger.Level.DEBUG, "it ended meanwhile", e);
    }
  }
}
