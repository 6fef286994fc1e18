package org.promisegrid.driver.docker.image;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// How far a pull is, by what the engine says of each layer. There is news when another layer is
/// whole or another tenth of the bytes has come, and never more often than [#MOST_NEWS], however
/// much an engine says.
final class Progress {

  static final int MOST_NEWS = 64;

  private static final int MOST_LAYERS = 1024;

  private static final Set<String> BEGINNING = Set.of("Pulling fs layer", "Waiting");
  private static final Set<String> COME = Set.of("Verifying Checksum", "Download complete");
  private static final Set<String> WHOLE = Set.of("Pull complete", "Already exists");

  private final Map<String, Layer> layers = new HashMap<>();
  private int news;
  private long told;
  private long whole;

  private record Layer(long come, long all, boolean whole) {
    static final Layer NEW = new Layer(0, 0, false);
  }

  /// Takes what the engine says; what there is to tell then.
  Optional<String> take(JsonNode line) {
    String id = line.path("id").asText();
    String status = line.path("status").asText();
    if (layers.size() == MOST_LAYERS && !layers.containsKey(id)) {
      return Optional.empty();
    }
    Layer layer = layers.getOrDefault(id, Layer.NEW);
    if (status.equals("Downloading")) {
      JsonNode far = line.path("progressDetail");
      long come = Math.clamp(far.path("current").asLong(), 0, Integer.MAX_VALUE * 1024L);
      long all = Math.clamp(far.path("total").asLong(), come, Integer.MAX_VALUE * 1024L);
      layers.put(id, new Layer(come, all, false));
    } else if (COME.contains(status)) {
      layers.put(id, new Layer(layer.all(), layer.all(), false));
    } else if (WHOLE.contains(status)) {
      layers.put(id, new Layer(layer.all(), layer.all(), true));
    } else if (BEGINNING.contains(status)) {
      layers.put(id, layer);
    } else {
      return Optional.empty();
    }
    return news();
  }

  private Optional<String> news() {
    long come = layers.values().stream().mapToLong(Layer::come).sum();
    long all = layers.values().stream().mapToLong(Layer::all).sum();
    long complete = layers.values().stream().filter(Layer::whole).count();
    long tenth = all == 0 ? 0 : come / Math.max(1, all / 10);
    if (news == MOST_NEWS || (tenth <= told && complete <= whole)) {
      return Optional.empty();
    }
    news++;
    told = Math.max(told, tenth);
    whole = Math.max(whole, complete);
    return Optional.of(
        complete + " of " + layers.size() + " layers, " + come + " of " + all + " bytes");
  }
}
