package org.promisegrid.kernel;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;

/// Another driver, of which a test does some things otherwise.
class DriverAround implements SandboxDriver {

  private final SandboxDriver inner;

  DriverAround(SandboxDriver inner) {
    this.inner = inner;
  }

  /// A factory whose drivers are made of those of another one.
  static SandboxDriverFactory all(
      SandboxDriverFactory inner, BiFunction<SandboxDriver, Host, SandboxDriver> around) {
    return new SandboxDriverFactory() {
      @Override
      public String name() {
        return inner.name();
      }

      @Override
      public List<Target> targets(Map<String, String> settings) {
        return inner.targets(settings);
      }

      @Override
      public SandboxDriver open(Target target, Map<String, String> settings, Host host) {
        return around.apply(inner.open(target, settings, host), host);
      }
    };
  }

  @Override
  public Target target() {
    return inner.target();
  }

  @Override
  public Set<Trait> traits() {
    return inner.traits();
  }

  @Override
  public Set<String> forms() {
    return inner.forms();
  }

  @Override
  public Fitness probe() throws InterruptedException {
    return inner.probe();
  }

  @Override
  public Quote offers(SandboxSpec spec) {
    return inner.offers(spec);
  }

  @Override
  public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) throws InterruptedException {
    return inner.create(id, spec, offer);
  }

  @Override
  public List<Found> list() throws InterruptedException {
    return inner.list();
  }

  @Override
  public Optional<Sandbox> adopt(SandboxId id) throws InterruptedException {
    return inner.adopt(id);
  }

  @Override
  public Sample sample() {
    return inner.sample();
  }

  @Override
  public <P extends Power> Optional<P> power(Class<P> type) {
    return inner.power(type);
  }

  @Override
  public void close() {
    inner.close();
  }
}
