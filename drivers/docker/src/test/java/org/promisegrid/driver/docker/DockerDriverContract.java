package org.promisegrid.driver.docker;

import java.util.List;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.tck.Feed;
import org.promisegrid.tck.SandboxDriverContract;
import org.promisegrid.tck.TestProgram;

/// The contract, as containers keep it, on whichever engine.
abstract class DockerDriverContract extends SandboxDriverContract {

  @Override
  protected SandboxDriverFactory factory() {
    return new DockerDriverFactory();
  }

  @Override
  protected Form build(TestProgram program) {
    return new Form("image", content().put(Images.of(program)));
  }

  @Override
  protected List<String> program(TestProgram program) {
    return Images.entrypoint(program);
  }

  /// An image's root folder and what is in it can be seen, and not written.
  @Override
  protected String filesOfItsCode() {
    return "listed /\nlisted .\n";
  }

  /// Once the process that had the input is gone, nobody tells the shim that there is no more: here
  /// whoever holds the container's key does.
  @Override
  protected void release(SandboxId id, Feed in) {
    in.end();
    InputEnd.tell(factory().targets(settings()).getFirst(), id);
  }
}
