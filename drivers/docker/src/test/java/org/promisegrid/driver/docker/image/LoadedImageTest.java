package org.promisegrid.driver.docker.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What an image says of itself is others' word.
final class LoadedImageTest {

  private static LoadedImage writesTo(String... volumes) {
    return new LoadedImage(
        "id", List.of(), List.of("a"), Map.of(), Optional.empty(), "", Set.of(volumes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "",
        "/proc",
        "/proc/sys",
        "sys",
        "/dev/",
        "/.grid/shim",
        "/data/../proc",
        "//dev",
        "/.."
      })
  void foldersThatAreTheSystemsOrTheAgentsAreMisplaced(String volume) {
    assertThat(writesTo("/data", volume).misplacedVolume()).contains(volume);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/data", "data", "/devices", "/srv/proc", "/proc/../data"})
  void othersAreItsOwn(String volume) {
    assertThat(writesTo(volume).misplacedVolume()).isEmpty();
  }
}
