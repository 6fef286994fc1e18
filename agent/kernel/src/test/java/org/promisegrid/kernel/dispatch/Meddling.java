package org.promisegrid.kernel.dispatch;

import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.promisegrid.driver.memory.MemoryDriverFactory;
import org.promisegrid.driver.memory.MemoryTarget;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.LogQuery;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;

/// A memory driver and its sandboxes, each call of which a test can change: what bad drivers do.
class Meddling implements SandboxDriver {

  final SandboxDriver driver;

  Meddling(SandboxDriver driver) {
    this.driver = driver;
  }

  /// Opens memory drivers on `targets`, each meddled with.
  static SandboxDriverFactory factory(
      UnaryOperator<SandboxDriver> meddle, MemoryTarget... targets) {
    MemoryDriverFactory memory = new MemoryDriverFactory(targets);
    return new SandboxDriverFactory() {
      @Override
      public String name() {
        return memory.name();
      }

      @Override
      public List<Target> targets(Map<String, String> settings) {
        return memory.targets(settings);
      }

      @Override
      public SandboxDriver open(Target target, Map<String, String> settings, Host host) {
        return meddle.apply(memory.open(target, settings, host));
      }
    };
  }

  @Override
  public Target target() {
    return driver.target();
  }

  @Override
  public Set<Trait> traits() {
    return driver.traits();
  }

  @Override
  public Set<String> forms() {
    return driver.forms();
  }

  @Override
  public Fitness probe() throws InterruptedException {
    return driver.probe();
  }

  @Override
  public Quote offers(SandboxSpec spec) {
    return driver.offers(spec);
  }

  @Override
  public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) throws InterruptedException {
    return driver.create(id, spec, offer);
  }

  @Override
  public List<Found> list() throws InterruptedException {
    return driver.list();
  }

  @Override
  public Optional<Sandbox> adopt(SandboxId id) throws InterruptedException {
    return driver.adopt(id);
  }

  @Override
  public Sample sample() {
    return driver.sample();
  }

  @Override
  public <P extends Power> Optional<P> power(Class<P> type) {
    return driver.power(type);
  }

  @Override
  public void close() {
    driver.close();
  }

  /// A sandbox, likewise.
  static class Box implements Sandbox {
    final Sandbox sandbox;

    Box(Sandbox sandbox) {
      this.sandbox = sandbox;
    }

    @Override
    public SandboxId id() {
      return sandbox.id();
    }

    @Override
    public State state() throws InterruptedException {
      return sandbox.state();
    }

    @Override
    public void start(Invocation invocation, Stdio stdio, Port port) throws InterruptedException {
      sandbox.start(invocation, stdio, port);
    }

    @Override
    public Ending await() throws InterruptedException {
      return sandbox.await();
    }

    @Override
    public void stop(Duration grace) throws InterruptedException {
      sandbox.stop(grace);
    }

    @Override
    public InputStream logs(LogQuery query) throws InterruptedException {
      return sandbox.logs(query);
    }

    @Override
    public <P extends Power> Optional<P> power(Class<P> type) {
      return sandbox.power(type);
    }

    @Override
    public void close() {
      sandbox.close();
    }
  }
}
