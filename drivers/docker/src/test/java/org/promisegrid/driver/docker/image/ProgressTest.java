package org.promisegrid.driver.docker.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// How far a pull is, in words, and not too many.
final class ProgressTest {

  private final Progress progress = new Progress();
  private final List<String> news = new ArrayList<>();

  private void says(String id, String status, long come, long all) throws JsonProcessingException {
    String far = all == 0 ? "{}" : "{\"current\":" + come + ",\"total\":" + all + "}";
    String line =
        "{\"id\":\"" + id + "\",\"status\":\"" + status + "\",\"progressDetail\":" + far + "}";
    progress.take(new ObjectMapper().readTree(line)).ifPresent(news::add);
  }

  @Test
  void bytesAreToldByTenthsAndLayersWhenTheyAreWhole() throws Exception {
    says("sha256:0", "Pulling from tools", 0, 0);
    says("one", "Pulling fs layer", 0, 0);
    says("two", "Already exists", 0, 0);
    assertThat(news).containsExactly("1 of 2 layers, 0 of 0 bytes");
    for (int come = 0; come <= 1000; come += 10) {
      says("one", "Downloading", come, 1000);
    }
    assertThat(news).hasSize(11).endsWith("1 of 2 layers, 1000 of 1000 bytes");
    says("one", "Verifying Checksum", 0, 0);
    says("one", "Download complete", 0, 0);
    says("one", "Extracting", 500, 1000);
    assertThat(news).hasSize(11);
    says("one", "Pull complete", 0, 0);
    assertThat(news).hasSize(12).endsWith("2 of 2 layers, 1000 of 1000 bytes");
  }

  @Test
  void whateverAnEngineSaysThereIsSoMuchNewsAndNoMore() throws Exception {
    for (int layer = 0; layer < 5000; layer++) {
      says("layer " + layer, "Downloading", Long.MAX_VALUE, -7);
      says("layer " + layer, "Pull complete", 0, 0);
      says("layer " + layer, "something new", 3, 7);
    }
    assertThat(news).hasSize(Progress.MOST_NEWS);
  }

  @Test
  void whatIsntSaidDoesNotHarm() throws Exception {
    for (String line : List.of("{}", "[]", "7", "{\"id\":7,\"status\":[]}", "null")) {
      assertThat(progress.take(new ObjectMapper().readTree(line))).as(line).isEmpty();
    }
  }
}
