package org.promisegrid.driver.docker.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.service.ServiceStats;

/// What an engine measures of a container.
final class Measured {

  /// What engines give as the limit of who has none: more than any host holds.
  private static final long NO_LIMIT = 1L << 60;

  private static final ObjectMapper JSON = new ObjectMapper();

  private Measured() {}

  static ServiceStats read(String doing, InputStream from) {
    try {
      return of(JSON.readTree(from));
    } catch (IOException e) {
      throw new DriverException(Kind.UNAVAILABLE, doing + ": " + e.getMessage(), e);
    }
  }

  private static ServiceStats of(JsonNode told) {
    JsonNode memory = told.path("memory_stats");
    JsonNode details = memory.path("stats");
    // What is kept of files that were read is given back as soon as somebody wants memory.
    long cache = details.path("inactive_file").asLong(details.path("total_inactive_file").asLong());
    long limit = memory.path("limit").asLong();
    long received = 0;
    long sent = 0;
    for (JsonNode network : told.path("networks")) {
      received += network.path("rx_bytes").asLong();
      sent += network.path("tx_bytes").asLong();
    }
    long read = 0;
    long written = 0;
    for (JsonNode each : told.path("blkio_stats").path("io_service_bytes_recursive")) {
      switch (each.path("op").asText()) {
        case "Read", "read" -> read += each.path("value").asLong();
        case "Write", "write" -> written += each.path("value").asLong();
        default -> {} // totals, and what is neither
      }
    }
    return new ServiceStats(
        Duration.ofNanos(told.path("cpu_stats").path("cpu_usage").path("total_usage").asLong()),
        Math.max(0, memory.path("usage").asLong() - cache),
        limit >= NO_LIMIT ? 0 : limit,
        told.path("pids_stats").path("current").asInt(),
        received,
        sent,
        read,
        written);
  }
}
