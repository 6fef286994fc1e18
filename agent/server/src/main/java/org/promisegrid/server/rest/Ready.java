package org.promisegrid.server.rest;

import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.promisegrid.kernel.Kernel;

/// Ready once every target has been probed, or took too long; until it ends, or is past help.
@Readiness
@Singleton
public final class Ready implements HealthCheck {

  private final Kernel kernel;

  Ready(Kernel kernel) {
    this.kernel = kernel;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("targets").status(kernel.isReady()).build();
  }
}
