package org.promisegrid.kernel.dispatch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.ImageBuilder;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;

/// The targets that make images by recipes.
public final class ImageTargets {

  private final Targets targets;

  public ImageTargets(Targets targets) {
    this.targets = targets;
  }

  /// One that can do it now.
  ///
  /// @param labels what it says of itself
  public record Found(Target target, ImageBuilder builder, Map<String, String> labels) {}

  /// What looking for one led to.
  ///
  /// @param whys why each of the others can't
  public record Choice(Optional<Found> found, Map<Target, String> whys) {}

  /// The first that is able, in the order of the targets: where an image is made, it is for whoever
  /// runs it.
  public Choice choose(Placement place) {
    Map<Target, String> whys = new LinkedHashMap<>();
    List<Found> able = new ArrayList<>();
    for (OpenTarget target : targets.opened()) {
      Optional<ImageBuilder> builder =
          target.traits().contains(Trait.BUILDS_IMAGES)
              ? target.driver().power(ImageBuilder.class)
              : Optional.empty();
      if (builder.isEmpty()) {
        continue;
      }
      Fitness fitness = target.fitness();
      if (!place.allows(target.target())) {
        whys.put(target.target(), "it isn't where this may be made");
      } else if (fitness.status() != Fitness.Status.HEALTHY) {
        whys.put(target.target(), fitness.reason());
      } else if (!fitness.labels().entrySet().containsAll(place.labels().entrySet())) {
        whys.put(target.target(), "its labels are " + fitness.labels());
      } else {
        able.add(new Found(target.target(), builder.get(), fitness.labels()));
      }
    }
    return new Choice(able.stream().findFirst(), whys);
  }
}
