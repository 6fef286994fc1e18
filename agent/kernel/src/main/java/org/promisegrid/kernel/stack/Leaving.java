package org.promisegrid.kernel.stack;

import java.util.List;
import org.promisegrid.kernel.dispatch.ServiceTargets.Keeper;
import org.promisegrid.sandbox.service.FoundVolume;

/// What a stack leaves once nothing of it is wanted any more: its networks go, and its volumes if
/// that was said.
final class Leaving {

  private static final System.Logger LOG = System.getLogger(Leaving.class.getName());

  private final Desk desk;
  private boolean tidy;

  Leaving(Desk desk) {
    this.desk = desk;
  }

  /// Something else is wanted.
  void again() {
    tidy = false;
  }

  /// Whether nothing is left, or is just being removed.
  boolean isTidy() {
    return tidy;
  }

  void tidyUp() {
    if (tidy
        || desk.wish.isEmpty()
        || !desk.wish.get().stack().services().isEmpty()
        || !desk.replicas.isEmpty()) {
      return;
    }
    Wish done = desk.wish.get();
    List<Keeper> keepers = desk.hands.targets().all();
    if (!keepers.stream().allMatch(Keeper::isFit)) {
      return;
    }
    tidy = true;
    desk.background(() -> {
      try {
        for (Keeper keeper : keepers) {
          if (done.stack().emptied()) {
            for (FoundVolume volume : keeper.services().volumes()) {
              if (volume.stack().equals(desk.stack)) {
                keeper.services().remove(volume);
              }
            }
          }
          keeper.services().leave(desk.stack);
        }
      } catch (RuntimeException | LinkageError e) {
        LOG.log(System.Logger.Level.WARNING, "what stack " + desk.stack + " left stays", e);
        desk.post(() -> tidy = false);
        return;
      }
      desk.post(() -> {});
    });
  }
}
