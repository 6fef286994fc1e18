package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.promisegrid.server.Examples;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Web;

/// The interface doesn't change by accident.
@QuarkusTest
@QuarkusTestResource(Owner.class)
final class OpenApiTest {

  private static final String UPDATE = "openapi.update";

  @Test
  void theInterfaceIsTheOneThatWasCommitted() throws Exception {
    Path committed = Examples.root().resolve("docs/openapi.yaml");
    String now = new String(new Web("").get("/q/openapi").body(), UTF_8);
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
}
