package org.promisegrid.driver.docker.image;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.sandbox.Cid;

/// The tags that a node gives to images on an engine. One says which code an image is, and whether
/// the node has brought it there; without the latter word it was there before, and is none of its
/// to remove.
///
/// @param repository this node's own
record Marks(String repository) {

  private static final String BROUGHT = "/brought";
  private static final String BUILT = "/built";

  /// Of what this node has brought.
  String brought(Cid image) {
    return repository + BROUGHT + ":" + image;
  }

  /// Of what was there.
  String found(Cid image) {
    return repository + ":" + image;
  }

  /// Where those have a name that were just built here.
  String built() {
    return repository + BUILT;
  }

  /// What an image's names say of it.
  ///
  /// @param codes that it is this node's image of
  /// @param own this node's tags, those last by which it is known as brought
  /// @param brought whether this node has brought it
  /// @param alone whether nobody else has a name for it
  record Said(Set<Cid> codes, List<String> own, boolean brought, boolean alone) {}

  Said of(List<String> names) {
    Set<Cid> codes = new HashSet<>();
    List<String> before = new ArrayList<>();
    List<String> brought = new ArrayList<>();
    boolean alone = true;
    for (String name : names) {
      int colon = name.lastIndexOf(':');
      String in = colon < 0 ? name : name.substring(0, colon);
      Optional<Cid> code = Cid.find(name.substring(colon + 1));
      if (code.isPresent() && (in.equals(repository) || in.equals(repository + BROUGHT))) {
        codes.add(code.get());
        (in.equals(repository) ? before : brought).add(name);
      } else if (!name.startsWith("<none>")) { // so an engine says that there is none
        alone = false;
      }
    }
    before.addAll(brought);
    return new Said(Set.copyOf(codes), List.copyOf(before), !brought.isEmpty(), alone);
  }
}
