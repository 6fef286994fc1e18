package org.promisegrid.driver.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;
import java.util.Map;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.SandboxId;

/// What a node's own things are called on an engine, which it may share with others.
record Naming(NodeId node) {

  static final String NODE = "grid.node";
  static final String SANDBOX = "grid.sandbox";
  static final String KIND = "grid.kind";
  static final String SPEC = "grid.spec";
  static final String KEY = "grid.key";

  /// Values of the label [#KIND].
  static final String CALL = "call";

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
