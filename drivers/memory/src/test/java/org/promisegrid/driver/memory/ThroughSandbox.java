package org.promisegrid.driver.memory;

import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.LogQuery;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;

/// A sandbox that does what another does. What a [Mutation] overrides, it does wrong.
class ThroughSandbox implements Sandbox {

  final Sandbox to;
  private final ThroughDriver driver;

  ThroughSandbox(Sandbox to, ThroughDriver driver) {
    this.to = to;
    this.driver = driver;
  }

  @Override
  public SandboxId id() {
    return to.id();
  }

  @Override
  public State state() throws InterruptedException {
    return driver.state(to.state());
  }

  @Override
  public void start(Invocation invocation, Stdio stdio, Port port) throws InterruptedException {
    to.start(driver.invocation(invocation), driver.stdio(stdio), port);
  }

  @Override
  public Ending await() throws InterruptedException {
    return driver.ending(to.await());
  }

  @Override
  public void stop(Duration grace) throws InterruptedException {
    to.stop(grace);
  }

  @Override
  public InputStream logs(LogQuery query) throws InterruptedException {
    return to.logs(query);
  }

  @Override
  public <P extends Power> Optional<P> power(Class<P> type) {
    return to.power(type);
  }

  @Override
  public void close() {
    to.close();
  }
}
