package org.promisegrid.kernel.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Images;
import org.promisegrid.sandbox.Target;

/// What this node has brought to its targets, and what of that can go.
public final class TargetImages {

  private static final System.Logger LOG = System.getLogger(TargetImages.class.getName());

  private final Targets targets;
  private final Supplier<Optional<Set<Cid>>> needed;

  /// @param needed code that somebody wants; empty if nobody can tell, and so nothing may go
  public TargetImages(Targets targets, Supplier<Optional<Set<Cid>>> needed) {
    this.targets = targets;
    this.needed = needed;
  }

  /// What one target told.
  public record On(Target target, List<Images.Brought> images) {}

  @FunctionalInterface
  private interface Question {
    List<Images.Brought> ask(Images images, Set<Cid> needed) throws InterruptedException;
  }

  /// What is there, by target; what goes of it if it were collected now.
  public List<On> look() throws InterruptedException {
    Optional<Set<Cid>> known = needed.get();
    List<On> all = ask(Images::images, known.orElse(Set.of()));
    return known.isPresent() ? all : all.stream().map(TargetImages::kept).toList();
  }

  private static On kept(On on) {
    return new On(
        on.target(),
        on.images().stream().map(it -> new Images.Brought(it.code(), it.bytes(), false)).toList());
  }

  /// Removes what can go; what that was, by target.
  public List<On> collect() throws InterruptedException {
    Optional<Set<Cid>> known = needed.get();
    if (known.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "no images are removed: a stack can't be read, and nobody knows what it needs");
      return List.of();
    }
    List<On> all = ask(Images::collect, known.get());
    for (On on : all) {
      if (!on.images().isEmpty()) {
        LOG.log(
            System.Logger.Level.INFO, "{0}: removed {1} images", on.target(), on.images().size());
      }
    }
    return all;
  }

  private List<On> ask(Question question, Set<Cid> needed) throws InterruptedException {
    List<On> all = new ArrayList<>();
    for (OpenTarget target : targets.opened()) {
      Optional<Images> images =
          target.fitness().status() == Fitness.Status.HEALTHY
              ? target.driver().power(Images.class)
              : Optional.empty();
      if (images.isPresent()) {
        try {
          all.add(new On(target.target(), question.ask(images.get(), needed)));
        } catch (RuntimeException | LinkageError e) {
          // A third party's driver, or an engine that is gone again: the others are still asked.
          LOG.log(System.Logger.Level.WARNING, target.target() + " can't tell its images", e);
        }
      }
    }
    return all;
  }
}
