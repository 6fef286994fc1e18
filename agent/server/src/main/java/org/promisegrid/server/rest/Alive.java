package org.promisegrid.server.rest;

import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.promisegrid.kernel.Kernel;

/// Alive as long as anything can be acknowledged: once the journal has failed, a restart is the
/// cure.
@Liveness
@Singleton
public final class Alive implements HealthCheck {

  private final Kernel kernel;

  Alive(Kernel kernel) {
    this.kernel = kernel;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("journal").status(kernel.isAlive()).build();
  }
}
