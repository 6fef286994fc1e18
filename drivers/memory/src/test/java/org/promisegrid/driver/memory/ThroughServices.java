package org.promisegrid.driver.memory;

import java.util.List;
import java.util.Optional;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.FoundService;
import org.promisegrid.sandbox.service.FoundVolume;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.Services;

/// Services kept as another driver keeps them. What a [ServiceMutation] overrides, it does wrong.
class ThroughServices implements Services {

  final Services to;

  ThroughServices(Services to) {
    this.to = to;
  }

  // What passes through it, on its way in and out.

  ServiceSpec spec(ServiceSpec spec) {
    return spec;
  }

  FoundService found(FoundService found) {
    return found;
  }

  Service service(Service service) {
    return service;
  }

  // A keeper of services.

  @Override
  public Quote offers(ServiceSpec spec) {
    return to.offers(spec);
  }

  @Override
  public Service create(SandboxId id, ServiceSpec spec, Offer offer) throws InterruptedException {
    return service(to.create(id, spec(spec), offer));
  }

  @Override
  public List<FoundService> services() throws InterruptedException {
    return to.services().stream().map(this::found).toList();
  }

  @Override
  public Optional<Service> adopt(SandboxId id) throws InterruptedException {
    return to.adopt(id).map(this::service);
  }

  @Override
  public List<FoundVolume> volumes() throws InterruptedException {
    return to.volumes();
  }

  @Override
  public void remove(FoundVolume volume) throws InterruptedException {
    to.remove(volume);
  }

  @Override
  public int tidy() throws InterruptedException {
    return to.tidy();
  }

  @Override
  public void leave(String stack) throws InterruptedException {
    to.leave(stack);
  }
}
