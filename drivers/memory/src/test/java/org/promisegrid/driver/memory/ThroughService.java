package org.promisegrid.driver.memory;

import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.Execution;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceLog;
import org.promisegrid.sandbox.service.ServiceState;
import org.promisegrid.sandbox.service.ServiceStats;

/// A service that does what another does. What a [ServiceMutation] overrides, it does wrong.
class ThroughService implements Service {

  final Service to;

  ThroughService(Service to) {
    this.to = to;
  }

  @Override
  public SandboxId id() {
    return to.id();
  }

  @Override
  public ServiceState state() throws InterruptedException {
    return to.state();
  }

  @Override
  public void start() throws InterruptedException {
    to.start();
  }

  @Override
  public ServiceExit await() throws InterruptedException {
    return to.await();
  }

  @Override
  public void stop() throws InterruptedException {
    to.stop();
  }

  @Override
  public void signal(String signal) throws InterruptedException {
    to.signal(signal);
  }

  @Override
  public ServiceLog logs(LogRange range) throws InterruptedException {
    return to.logs(range);
  }

  @Override
  public Execution exec(ExecSpec spec) throws InterruptedException {
    return to.exec(spec);
  }

  @Override
  public ServiceStats stats() throws InterruptedException {
    return to.stats();
  }

  @Override
  public void remove() throws InterruptedException {
    to.remove();
  }
}
