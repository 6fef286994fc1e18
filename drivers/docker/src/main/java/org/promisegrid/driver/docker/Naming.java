package org.promisegrid.driver.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.SandboxId;

/// What a node's own things are called on an engine, which it may share with others.
record Naming(NodeId node) {

  static final String NODE = "grid.node";
  static final String KIND = "grid.kind";
  static final String SPEC = "grid.spec";
  static final String KEY = "grid.key";

  /// Values of the label [#KIND].
  static final String CALL = "call";

  /// Started, for a call that may come. It keeps that label when it has become a call's, and has
  /// the name of the call's sandbox then.
  static final String WARM = "warm";

  static final String SHIM = "shim";

  static final String SPOOL = "spool";

  /// A node's name is too long for an engine, and 64 bits of it tell nodes of one engine apart.
  private String node16() {
    return hex16(Cid.of(node.did().getBytes(UTF_8)));
  }

  private static String hex16(Cid cid) {
    return HexFormat.of().formatHex(cid.digest(), 0, 8);
  }

  /// What all names of its things begin with.
  String prefix() {
    return "grid-" + node16();
  }

  String container(SandboxId id) {
    return prefix() + "-" + id;
  }

  /// What a warm container is called until it is a call's.
  String stock(SandboxId id) {
    return "grid-" + node16() + "." + id;
  }

  /// Whose container that is; empty if it is no call's of this node.
  Optional<SandboxId> sandbox(com.github.dockerjava.api.model.Container found) {
    String kind = found.getLabels().getOrDefault(KIND, "");
    String before = "grid-" + node16() + "-";
    if (!node.did().equals(found.getLabels().get(NODE))
        || !(kind.equals(CALL) || kind.equals(WARM))) {
      return Optional.empty();
    }
    return Arrays.stream(found.getNames())
        .map(name -> name.startsWith("/") ? name.substring(1) : name)
        .filter(name -> name.startsWith(before))
        .map(name -> new SandboxId(name.substring(before.length())))
        .findFirst();
  }

  /// What a container that fills a volume is called; there is one at a time.
  String filler() {
    return "grid-" + node16() + ".shim";
  }

  String shimVolume(Cid shim) {
    return "grid-" + node16() + "-shim-" + hex16(shim);
  }

  /// Where the tags of its images are.
  String repository() {
    return "grid/" + node16();
  }

  /// By which things of that kind are found again.
  Map<String, String> labels(String kind) {
    return Map.of(NODE, node.did(), KIND, kind);
  }
}
