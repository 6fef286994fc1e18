package org.promisegrid.server.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.server.Examples;

/// Options as they are documented, and as they are checked.
final class ConfigurationTest {

  @TempDir Path home;

  private final Map<String, String> environment = new HashMap<>();

  private ConfigCheck.Report check(String file) throws IOException {
    environment.put("GRID_HOME", home.toString());
    Files.writeString(home.resolve("agent.properties"), file);
    return ConfigCheck.of(environment, new Properties());
  }

  @Test
  void theDocumentationListsEveryOptionWithItsDefault() throws Exception {
    List<String> documented =
        Files.readAllLines(Examples.root().resolve("docs/configuration.md")).stream()
            .filter(line -> line.startsWith("| `grid."))
            .map(line -> line.split("\\|"))
            // What drivers take, and rates, stand in a table without defaults.
            .filter(cells -> cells.length > 3)
            .map(cells -> (cells[1].strip() + " " + cells[2].strip()).strip())
            .toList();

    assertThat(documented)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Option.values())
                .map(option ->
                    "`"
                        + option.title()
                        + "` "
                        + (option.usual().isEmpty() ? "" : "`" + option.usual() + "`"))
                .map(String::strip)
                .toList());
  }

  @Test
  void nothingIsWrongWithNothing() throws Exception {
    assertThat(check("# nothing\n").wrong()).isEmpty();
  }

  @Test
  void everythingThatIsWrongIsToldWithItsPlace() throws Exception {
    environment.put("GRID_HTTP_PROT", "1");

    assertThat(
            check(
                    """
                    grid.http.port = 99999
                    grid.drivers.nonesuch.size = 1
                    grid.drivers.wasm.nonesuch = 1
                    grid.rates.nonesuch = 1
                    grid.rates.cpu-second = dear
                    grid.nonesuch = 1
                    """)
                .wrong())
        .anyMatch(line -> line.contains("line 1") && line.contains("grid.http.port"))
        .anyMatch(line -> line.contains("line 6") && line.contains("grid.nonesuch"))
        .anyMatch(line -> line.contains("GRID_HTTP_PROT"))
        .anyMatch(line -> line.contains("line 4") && line.contains("nonesuch"))
        .anyMatch(line -> line.contains("line 5") && line.contains("cpu-second"));
    assertThat(check("grid.drivers.nonesuch.size = 1\ngrid.drivers.wasm.nonesuch = 1\n").wrong())
        .anyMatch(line -> line.contains("GRID_HTTP_PROT"));
    environment.clear();
    assertThat(check("grid.drivers.nonesuch.size = 1\ngrid.drivers.wasm.nonesuch = 1\n").wrong())
        .hasSize(2)
        .anyMatch(line -> line.contains("line 1") && line.contains("a driver that isn't there"))
        .anyMatch(line -> line.contains("line 2") && line.contains("nonesuch"));
  }

  @Test
  void listeningToTheNetworkNeedsACertificateWithAKeyOfOnesOwn() throws Exception {
    assertThat(check("grid.http.host = 0.0.0.0\n").wrong())
        .singleElement()
        .asString()
        .contains("grid cert");
    assertThat(check("grid.tls.key = tls/key.pem\n").wrong())
        .singleElement()
        .asString()
        .contains("go together");
    Path tls = Files.createDirectory(home.resolve("tls"));
    Files.writeString(tls.resolve("cert.pem"), "c");
    Path key = Files.writeString(tls.resolve("key.pem"), "k");
    Files.setPosixFilePermissions(
        key, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r-----"));
    assertThat(check("grid.http.host = 0.0.0.0\n").wrong())
        .singleElement()
        .asString()
        .contains("others can use the key");
    Files.setPosixFilePermissions(
        key, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    assertThat(check("grid.http.host = 0.0.0.0\n").wrong()).isEmpty();
  }
}
