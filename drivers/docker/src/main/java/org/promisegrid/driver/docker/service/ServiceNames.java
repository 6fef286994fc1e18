package org.promisegrid.driver.docker.service;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.service.FoundVolume;
import org.promisegrid.sandbox.service.ServicePlace;
import org.promisegrid.sandbox.service.ServiceSpec;

/// What a node's services, networks and volumes are called on an engine, which it may share with
/// others. Names of stacks have no dots, so that nothing is called like something else.
///
/// @param prefix of all names, the node's own
public record ServiceNames(NodeId node, String prefix) {

  static final String NODE = "grid.node";
  static final String KIND = "grid.kind";
  static final String SANDBOX = "grid.sandbox";
  static final String STACK = "grid.stack";
  static final String RESOURCE = "grid.resource";
  static final String REPLICA = "grid.replica";
  static final String GENERATION = "grid.generation";
  static final String SPEC = "grid.spec";

  /// Values of the label [#KIND].
  static final String SERVICE = "service";

  static final String NETWORK = "network";
  static final String VOLUME = "volume";

  /// What holds a service's files, and what fills it.
  static final String GIVEN = "given";

  /// What comes behind a container's name until it is complete.
  private static final String HALF = ".making";

  String container(SandboxId id) {
    return prefix + "-" + id;
  }

  /// What it is called while it is being made: one that is called so belongs to whoever makes it,
  /// or to nobody any more.
  String half(SandboxId id) {
    return container(id) + HALF;
  }

  /// The volume of its files.
  String files(SandboxId id) {
    return container(id) + ".files";
  }

  /// The volume of its secrets.
  String secrets(SandboxId id) {
    return container(id) + ".secrets";
  }

  /// The container that has these volumes while they are filled.
  String holder(SandboxId id) {
    return container(id) + ".holder";
  }

  /// Labels of these.
  Map<String, String> given(SandboxId id) {
    return Map.of(NODE, node.did(), KIND, GIVEN, SANDBOX, id.text());
  }

  static boolean isHalf(String container) {
    return container.endsWith(HALF);
  }

  String network(String stack, String name) {
    return prefix + "-" + stack + "." + name;
  }

  String volume(String stack, String name) {
    return prefix + "-" + stack + "." + name;
  }

  /// By which all things of that kind are found again.
  Map<String, String> labels(String kind) {
    return Map.of(NODE, node.did(), KIND, kind);
  }

  /// Likewise, of a stack.
  Map<String, String> labels(String kind, String stack) {
    return Map.of(NODE, node.did(), KIND, kind, STACK, stack);
  }

  /// Those of one thing.
  Map<String, String> labels(String kind, String stack, String resource) {
    return Map.of(NODE, node.did(), KIND, kind, STACK, stack, RESOURCE, resource);
  }

  Map<String, String> labels(SandboxId id, ServiceSpec spec) {
    ServicePlace place = spec.place();
    Map<String, String> labels = new HashMap<>(labels(SERVICE, place.stack(), place.service()));
    labels.put(SANDBOX, id.text());
    labels.put(REPLICA, Integer.toString(place.replica()));
    labels.put(GENERATION, Long.toString(spec.generation()));
    labels.put(SPEC, spec.source().toString());
    return labels;
  }

  boolean areOurs(Map<String, String> labels, String kind) {
    return node.did().equals(labels.get(NODE)) && kind.equals(labels.get(KIND));
  }

  /// A service's container, as its labels tell of it.
  record Labelled(SandboxId id, ServicePlace place, long generation, Cid source) {

    /// Empty if this node's driver didn't write them.
    static Optional<Labelled> of(Map<String, String> labels) {
      try {
        return Optional.of(
            new Labelled(
                new SandboxId(value(labels, SANDBOX)),
                new ServicePlace(
                    value(labels, STACK),
                    value(labels, RESOURCE),
                    Integer.parseInt(value(labels, REPLICA))),
                Long.parseLong(value(labels, GENERATION)),
                Cid.parse(value(labels, SPEC))));
      } catch (IllegalArgumentException _) {
        return Optional.empty();
      }
    }
  }

  /// Whose it is, of what is labelled by [#given].
  static Optional<SandboxId> sandbox(Map<String, String> labels) {
    try {
      return Optional.of(new SandboxId(value(labels, SANDBOX)));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  static FoundVolume volume(Map<String, String> labels) {
    return new FoundVolume(value(labels, STACK), value(labels, RESOURCE));
  }

  private static String value(Map<String, String> labels, String name) {
    String value = labels.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no label " + name);
    }
    return value;
  }
}
