package example.forth;

import java.util.List;
import java.util.Map;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.Target;

/// Opens the driver, whose one target is the agent's process. Setting: `sandboxes`, how many there
/// may be at once.
public final class ForthDriverFactory implements SandboxDriverFactory {

  static final Target LOCAL = new Target("forth", "local");

  @Override
  public String name() {
    return LOCAL.driver();
  }

  @Override
  public List<Target> targets(Map<String, String> settings) {
    sandboxes(settings);
    return List.of(LOCAL);
  }

  @Override
  public SandboxDriver open(Target target, Map<String, String> settings, Host host) {
    return new ForthDriver(host, sandboxes(settings));
  }

  private static int sandboxes(Map<String, String> settings) {
    for (String name : settings.keySet()) {
      if (!name.equals("sandboxes")) {
        throw new IllegalArgumentException("the forth driver has no setting " + name);
      }
    }
    String text = settings.getOrDefault("sandboxes", "64");
    if (!text.matches("[1-9][0-9]{0,3}")) {
      throw new IllegalArgumentException("forth: sandboxes is from 1 to 9999, not " + text);
    }
    return Integer.parseInt(text);
  }
}
