package org.promisegrid.driver.docker;

import java.util.Map;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.tck.SandboxDriverContract;
import org.promisegrid.tck.TestProgram;

/// The contract, as containers on a Docker engine keep it.
final class DockerDriverTest extends SandboxDriverContract {

  @Override
  protected SandboxDriverFactory factory() {
    return new DockerDriverFactory();
  }

  @Override
  protected Map<String, String> settings() {
    return TestEngine.settings();
  }

  @Override
  protected Form build(TestProgram program) {
    return new Form("image", content().put(Images.of(program)));
  }
}
