package org.promisegrid.tck;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceSpec.Allowance;
import org.promisegrid.sandbox.service.ServiceSpec.LogTerms;
import org.promisegrid.sandbox.service.ServiceSpec.Network;
import org.promisegrid.sandbox.service.ServiceSpec.Security;
import org.promisegrid.sandbox.service.ServiceSpec.StopTerms;
import org.promisegrid.sandbox.service.ServiceSpec.Workload;

/// A spec in the making: of a service that needs nothing, until it is said what.
final class ServiceDraft {

  static final String STACK = "tck";

  /// What many tests wait for in vain is no test of how long they wait.
  private static final Duration GRACE = Duration.ofMinutes(2);

  private final Form form;
  private ServicePlace place = new ServicePlace(STACK, "web", 0);
  private long generation = 1;
  private Optional<List<String>> command = Optional.empty();
  private final Map<String, String> environment = new TreeMap<>();
  private Optional<String> user = Optional.empty();
  private Optional<String> directory = Optional.empty();
  private Security security = Security.STRICT;
  private Allowance allowance = new Allowance(256 << 20, 0, 256);
  private final List<Mounted> mounts = new ArrayList<>();
  private final List<Published> ports = new ArrayList<>();
  private final List<Network> networks = new ArrayList<>();
  private final List<String> devices = new ArrayList<>();
  private StopTerms ending = new StopTerms(Optional.empty(), GRACE);
  private LogTerms log = new LogTerms(1 << 20, 2);

  /// @param steps of [TestProgram#SERVE]
  ServiceDraft(Form form, String... steps) {
    this.form = form;
    this.command = Optional.of(List.of(steps));
  }

  ServiceDraft at(String stack, String service, int replica) {
    place = new ServicePlace(stack, service, replica);
    return this;
  }

  ServiceDraft generation(long number) {
    generation = number;
    return this;
  }

  ServiceDraft variable(String name, String value) {
    environment.put(name, value);
    return this;
  }

  ServiceDraft user(String name) {
    user = Optional.of(name);
    return this;
  }

  ServiceDraft in(String path) {
    directory = Optional.of(path);
    return this;
  }

  ServiceDraft security(Security wanted) {
    security = wanted;
    return this;
  }

  ServiceDraft allowance(long memory, int processor, int processes) {
    allowance = new Allowance(memory, processor, processes);
    return this;
  }

  ServiceDraft mount(Mounted mounted) {
    mounts.add(mounted);
    return this;
  }

  ServiceDraft port(Published port) {
    ports.add(port);
    return this;
  }

  ServiceDraft network(Network network) {
    networks.add(network);
    return this;
  }

  ServiceDraft device(String path) {
    devices.add(path);
    return this;
  }

  ServiceDraft ending(StopTerms terms) {
    ending = terms;
    return this;
  }

  ServiceDraft log(long size, int files) {
    log = new LogTerms(size, files);
    return this;
  }

  ServiceSpec spec() {
    return new ServiceSpec(
        place,
        generation,
        Cid.of(Bench.utf8("what is wanted of " + place)),
        form,
        new Workload(Optional.empty(), command, environment, user, directory),
        security,
        Isolation.ANY,
        allowance,
        mounts,
        ports,
        networks,
        devices,
        ending,
        log);
  }
}
