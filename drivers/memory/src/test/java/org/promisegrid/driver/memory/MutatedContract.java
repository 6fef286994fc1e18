package org.promisegrid.driver.memory;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.Target;
import org.promisegrid.tck.SandboxDriverContract;
import org.promisegrid.tck.TestProgram;

/// The contract, of a driver that is wrong in one way. Run by [MutationsTest] only, one at a time.
class MutatedContract extends SandboxDriverContract {

  /// The way that is tried now; empty for a driver that only passes everything through.
  static volatile Optional<Wrong> tried = Optional.empty();

  /// The same, where a mutation makes a test wait for what never comes: not for a minute.
  @Timeout(5)
  static final class Impatient extends MutatedContract {}

  private final MemoryTarget target = MemoryTarget.serving("tck");

  @Override
  protected SandboxDriverFactory factory() {
    MemoryDriverFactory right = new MemoryDriverFactory(target);
    return new SandboxDriverFactory() {
      @Override
      public String name() {
        return right.name();
      }

      @Override
      public List<Target> targets(Map<String, String> settings) {
        return right.targets(settings);
      }

      @Override
      public SandboxDriver open(Target of, Map<String, String> settings, Host host) {
        SandboxDriver driver = right.open(of, settings, host);
        return tried
            .map(mutation -> mutation.of(driver))
            .orElseGet(() -> new ThroughDriver(driver));
      }
    };
  }

  @Override
  protected Form build(TestProgram program) {
    content().put(MemoryTarget.code(program.name()));
    return target.register(program.name(), Programs.of(program));
  }

  @Override
  protected List<String> program(TestProgram program) {
    return List.of(program.name());
  }
}
