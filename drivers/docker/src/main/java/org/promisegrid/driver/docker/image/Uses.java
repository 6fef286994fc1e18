package org.promisegrid.driver.docker.image;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.promisegrid.sandbox.Cid;

/// Who is about to use an image, and which are being removed: never the same one at one time.
final class Uses {

  private final Map<Cid, Integer> held = new HashMap<>();
  private final Set<Cid> going = new HashSet<>();

  /// Counts one more who uses an image, once nobody removes it.
  synchronized void begin(Cid image) throws InterruptedException {
    while (going.contains(image)) {
      wait();
    }
    held.merge(image, 1, Integer::sum);
  }

  synchronized void end(Cid image) {
    held.computeIfPresent(image, (_, count) -> count == 1 ? null : count - 1);
  }

  /// Keeps who comes from using these until they are removed; whether nobody uses any now.
  synchronized boolean remove(Set<Cid> images) {
    if (!Collections.disjoint(images, held.keySet()) || !Collections.disjoint(images, going)) {
      return false;
    }
    going.addAll(images);
    return true;
  }

  synchronized void removed(Set<Cid> images) {
    going.removeAll(images);
    notifyAll();
  }
}
