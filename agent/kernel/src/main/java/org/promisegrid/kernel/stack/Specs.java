package org.promisegrid.kernel.stack;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.promisegrid.kernel.dispatch.Placement;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceSpec;

/// What a driver is told of a service.
final class Specs {

  /// The network that all services of a stack are in which don't say another.
  static final String DEFAULT_NETWORK = "default";

  private static final int HASH = 12;

  private Specs() {}

  static ServiceSpec of(ServicePlace place, long generation, Declaration wanted) {
    List<ServiceSpec.Network> networks = new ArrayList<>();
    if (wanted.networks().isEmpty()) {
      networks.add(new ServiceSpec.Network(DEFAULT_NETWORK, wanted.egress(), false));
    }
    for (Declaration.Joined joined : wanted.networks()) {
      networks.add(new ServiceSpec.Network(joined.name(), wanted.egress(), joined.external()));
    }
    return new ServiceSpec(
        place,
        generation,
        wanted.source(),
        new Form("image", wanted.image()),
        wanted.workload(),
        wanted.security(),
        wanted.isolation(),
        wanted.allowance(),
        wanted.mounts().all(),
        wanted.ports(),
        networks,
        wanted.devices(),
        wanted.ending(),
        wanted.log());
  }

  /// What a sandbox is called: the same for the same creation, and no other node's.
  static SandboxId id(NodeId node, ServicePlace place, long generation) {
    String whole =
        node.did() + '\0' + place.stack() + '\0' + place.service() + '\0' + place.replica();
    String hash = Cid.of(whole.getBytes(StandardCharsets.UTF_8)).toString();
    return new SandboxId(
        place.service() + "-" + hash.substring(hash.length() - HASH) + "-" + generation);
  }

  static List<Filling> secrets(Declaration wanted) {
    return wanted.mounts().secrets().stream()
        .<Filling>map(it -> new Filling.Secret(it.name(), it.path()))
        .toList();
  }

  static Placement place(Declaration wanted) {
    return new Placement(new HashSet<>(wanted.place().drivers()), wanted.place().labels());
  }
}
