package org.promisegrid.server.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OptionsTest {

  @TempDir Path home;

  private final Map<String, String> environment = new HashMap<>();
  private final Properties system = new Properties();

  private Options read() {
    environment.put("GRID_HOME", home.toString());
    return Options.read(environment, system);
  }

  private void file(String text) throws IOException {
    Files.writeString(home.resolve("agent.properties"), text);
  }

  @Test
  void whatNobodyChoseHasADefault() {
    Options options = read();

    assertThat(options.home()).isEqualTo(home);
    assertThat(options.port()).isEqualTo(7272);
    assertThat(options.host()).isEqualTo("127.0.0.1");
    assertThat(options.names()).isEmpty();
    assertThat(options.drivers()).isEmpty();
    assertThat(options.rates()).isEmpty();
    assertThat(options.time(Option.DRAIN)).isEqualTo(Duration.ofSeconds(20));
  }

  @Test
  void everyDefaultIsAValue() {
    assertThat(Option.values())
        .allSatisfy(option -> assertThat(option.complaint(option.usual())).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "grid.agent.drain,0s",
    "grid.agent.drain,25h",
    "grid.agent.drain,5 parsecs",
    "grid.agent.drain,99999999999999999999s",
    "grid.limits.size,9999999999TiB",
    "grid.limits.size,1kB",
    "grid.limits.rate,0",
    "grid.log.format,xml"
  })
  void whatIsNoValueIsTold(String name, String value) {
    assertThat(Option.named(name).orElseThrow().complaint(value).orElseThrow()).contains(value);
  }

  @Test
  void wrongOptionsAreNamedWithTheirLinesAllAtOnce() throws Exception {
    file("# a comment \\\ngrid.http.port=\\\n  x\n\ngrid.agent.drain = soon\nno.such = 1\n");

    assertThatThrownBy(this::read)
        .hasMessageContaining("agent.properties, line 2: grid.http.port")
        .hasMessageContaining("agent.properties, line 5: grid.agent.drain")
        .hasMessageContaining("agent.properties, line 6: no.such is unknown");
  }

  @Test
  void theEnvironmentOverrulesTheFileAndAPropertyBoth() throws Exception {
    file("grid.http.port=1\ngrid.http.host=::1\ngrid.http.names=a.example, B.example");
    environment.put("GRID_HTTP_PORT", "2");
    assertThat(read().port()).isEqualTo(2);
    system.setProperty("grid.http.port", "3");

    Options options = read();

    assertThat(options.port()).isEqualTo(3);
    assertThat(options.host()).isEqualTo("::1");
    assertThat(options.names()).containsExactly("a.example", "b.example");
  }

  @Test
  void driversAndRatesHaveTheirOwnOptions() throws Exception {
    file("grid.drivers.wasm.enabled=false");
    environment.put("GRID_DRIVERS_WASM_CACHE_SIZE", "7");
    environment.put("GRID_RATES_CPU_SECOND", "5");

    Options options = read();

    assertThat(options.drivers())
        .isEqualTo(Map.of("wasm", Map.of("enabled", "false", "cache-size", "7")));
    assertThat(options.rates()).isEqualTo(Map.of("cpu-second", "5"));
  }

  @Test
  void unknownOptionsAreNamed() throws Exception {
    file("grid.htp.port=1\nother=2");
    environment.put("GRID_HTTP_PROT", "3");

    assertThatThrownBy(this::read)
        .isInstanceOf(StartException.class)
        .hasMessageContaining("grid.htp.port")
        .hasMessageContaining("other")
        .hasMessageContaining("grid.http.prot");
  }

  @Test
  void whatIsSaidToTheCommandIsNoOptionOfTheAgent() {
    environment.put("GRID_URL", "http://localhost");
    environment.put("GRID_HOST", "socket");
    system.setProperty("grid.agent", "x");
    system.setProperty("grid.java", "y");

    assertThat(read().home()).isEqualTo(home);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "-1", "65536", ""})
  void aPortThatIsNoneIsTold(String port) {
    environment.put("GRID_HTTP_PORT", port);

    assertThatThrownBy(this::read)
        .isInstanceOf(StartException.class)
        .hasMessageContaining("grid.http.port");
  }

  @Test
  void theHomeIsWhereTheSystemKeepsSuchThings() {
    system.setProperty("user.name", "root");
    assertThat(Options.read(environment, system).home()).isEqualTo(Path.of("/var/lib/grid"));

    system.setProperty("user.name", "ada");
    system.setProperty("user.home", "/home/ada");
    assertThat(Options.read(environment, system).home())
        .isEqualTo(Path.of("/home/ada/.local/share/grid"));

    environment.put("XDG_DATA_HOME", "/data");
    assertThat(Options.read(environment, system).home()).isEqualTo(Path.of("/data/grid"));
  }
}
