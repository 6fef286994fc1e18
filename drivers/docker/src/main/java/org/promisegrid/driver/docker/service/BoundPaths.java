package org.promisegrid.driver.docker.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;

/// Which paths of the host a service's container has, as its label tells: engines don't agree on
/// how they tell it.
final class BoundPaths {

  private static final String LABEL = "grid.binds";

  private static final ObjectMapper JSON = new ObjectMapper();

  private BoundPaths() {}

  static Map<String, String> labels(List<String> paths) {
    if (paths.isEmpty()) {
      return Map.of();
    }
    try {
      return Map.of(LABEL, JSON.writeValueAsString(paths));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("paths that JSON can't say", e);
    }
  }

  static List<String> of(Map<String, String> labels) {
    String told = labels.get(LABEL);
    if (told == null) {
      return List.of();
    }
    try {
      return JSON.readValue(told, new TypeReference<List<String>>() {});
    } catch (JsonProcessingException e) {
      throw new DriverException(Kind.BROKEN, "a label " + LABEL + " that isn't ours", e);
    }
  }
}
