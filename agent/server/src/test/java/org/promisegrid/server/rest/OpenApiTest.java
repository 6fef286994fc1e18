package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.promisegrid.server.Examples;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Web;

/// The interface doesn't change by accident, and loses nothing.
@QuarkusTest
@QuarkusTestResource(Owner.class)
final class OpenApiTest {

  private static final String UPDATE = "openapi.update";
  private static final String DROP = "openapi.drop";

  private static String now() throws Exception {
    return new String(new Web("").get("/q/openapi").body(), UTF_8);
  }

  @Test
  void theInterfaceIsTheOneThatWasCommitted() throws Exception {
    Path committed = Examples.root().resolve("docs/openapi.yaml");
    String now = now();
    String before = Files.readString(committed);
    YAMLMapper yaml = new YAMLMapper();
    List<String> narrower = Narrowing.between(yaml.readTree(before), yaml.readTree(now));
    if (System.getProperty(DROP) == null) {
      assertThat(narrower)
          .as("what clients rely on is only added to. If it has to go: -D" + UPDATE + " -D" + DROP)
          .isEmpty();
    }
    if (System.getProperty(UPDATE) != null) {
      Files.writeString(committed, now);
    }

    assertThat(now)
        .as(
            "docs/openapi.yaml; fields and codes are only added. If the change is meant:"
                + " ./mvnw -pl agent/server -am test -Dtest=OpenApiTest"
                + " -Dsurefire.failIfNoSpecifiedTests=false -D"
                + UPDATE)
        .isEqualTo(Files.readString(committed));
  }

  @Test
  void whatJsonIsAnsweredIsDescribed() throws Exception {
    List<String> shapeless = new ArrayList<>();
    JsonNode paths = new YAMLMapper().readTree(now()).path("paths");
    for (Map.Entry<String, JsonNode> path : paths.properties()) {
      for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
        for (Map.Entry<String, JsonNode> each :
            operation.getValue().path("responses").properties()) {
          JsonNode json = each.getValue().path("content").path("application/json");
          if (!json.isMissingNode() && !json.path("schema").has("$ref")) {
            shapeless.add(operation.getKey() + " " + path.getKey() + " " + each.getKey());
          }
        }
      }
    }

    assertThat(shapeless).isEmpty();
  }
}
