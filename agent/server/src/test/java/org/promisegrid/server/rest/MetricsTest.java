package org.promisegrid.server.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.server.Examples;
import org.promisegrid.server.Owner;
import org.promisegrid.server.Web;

/// Metrics as `promtool check metrics` would have them, and as the documentation lists them.
@QuarkusTest
@QuarkusTestResource(Owner.class)
final class MetricsTest {

  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{[^}]*})? (\\S+)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

  /// Units that aren't base units, and types that don't belong into a name.
  private static final Pattern NOT_IN_NAMES =
      Pattern.compile(
          ".*(milli|micro|nano|minute|hour|day|kilo|mega|giga|percent|_ms$|_gauge|_counter|_histogram).*");

  private record Family(String type, String help, List<String> samples) {}

  private final Map<String, Family> families = new LinkedHashMap<>();

  private void read() throws Exception {
    Cid function = Examples.wordcount(new Web(Owner.everything()), false);
    new Web(Owner.everything(function))
        .json("POST", "/calls", Web.object(Map.of("function", function.toString())));
    Web nobody = new Web("");
    String text =
        new String(
            nobody
                .send(
                    nobody
                        .request("/q/metrics")
                        .header("Accept", "text/plain; version=0.0.4")
                        .GET())
                .body(),
            UTF_8);
    Map<String, String> helps = new LinkedHashMap<>();
    String name = "";
    for (String line : text.lines().toList()) {
      String[] words = line.split(" ", 4);
      if (line.startsWith("# HELP ")) {
        assertThat(helps.put(words[2], words[3])).as("two helps of " + words[2]).isNull();
      } else if (line.startsWith("# TYPE ")) {
        name = words[2];
        assertThat(families).doesNotContainKey(name);
        families.put(name, new Family(words[3], helps.getOrDefault(name, ""), new ArrayList<>()));
      } else if (!line.isBlank() && !line.startsWith("#")) {
        assertThat(line).matches(SAMPLE);
        family(name).samples().add(line);
      }
    }
  }

  @Test
  void namesTypesAndUnitsAreWhatPrometheusUsersExpect() throws Exception {
    read();
    families.forEach((name, family) -> {
      if (!name.startsWith("grid_")) {
        return; // the JVM's, which have names that everybody knows
      }
      assertThat(name).matches("[a-z][a-z0-9_]*").doesNotMatch(NOT_IN_NAMES);
      assertThat(family.help()).as("help of " + name).isNotBlank();
      assertThat(family.type()).isIn("counter", "gauge", "histogram");
      assertThat(name.endsWith("_total")).as(name).isEqualTo(family.type().equals("counter"));
      Set<String> seen = new HashSet<>();
      for (String line : family.samples()) {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).isTrue();
        assertThat(sample.group(1)).startsWith(name);
        assertThat(seen.add(sample.group(1) + sample.group(2))).as("twice: " + line).isTrue();
        assertThat(Double.parseDouble(sample.group(3).replace("+Inf", "Infinity"))).isNotNaN();
        if (sample.group(2) != null) {
          Matcher labels =
              LABEL.matcher(sample.group(2).substring(1, sample.group(2).length() - 1));
          while (labels.find()) {
            assertThat(labels.group(1)).doesNotStartWith("__").matches("[a-z_]+");
            assertThat(labels.group(2)).as("names of things are endless").doesNotContain("bafk");
          }
        }
      }
    });
  }

  private Family family(String name) {
    return Objects.requireNonNull(families.get(name), name);
  }

  @Test
  void durationsAreAHistogramInSeconds() throws Exception {
    read();
    Family durations = family("grid_call_duration_seconds");

    assertThat(durations.type()).isEqualTo("histogram");
    List<String> runs =
        durations.samples().stream()
            .filter(line -> line.contains("function=\"user\"") && line.contains("outcome=\"run\""))
            .toList();
    List<Double> buckets = new ArrayList<>();
    double count = -1;
    for (String line : runs) {
      double value = Double.parseDouble(line.substring(line.lastIndexOf(' ')));
      if (line.startsWith("grid_call_duration_seconds_bucket")) {
        buckets.add(value);
      } else if (line.startsWith("grid_call_duration_seconds_count")) {
        count = value;
      }
    }
    assertThat(runs).anyMatch(line -> line.contains("le=\"+Inf\""));
    assertThat(buckets).hasSize(10).isSorted().last().isEqualTo(count);
    assertThat(count).isPositive();
  }

  @Test
  void theDocumentationListsThemAll() throws Exception {
    read();
    Set<String> documented = new TreeSet<>();
    for (String line : Files.readAllLines(Examples.root().resolve("docs/metrics.md"))) {
      if (line.startsWith("| `grid_")) {
        String[] cells = line.split("\\|", -1);
        String name = cells[1].strip().replace("`", "");
        documented.add(name);
        assertThat(family(name).type()).as(name).isEqualTo(cells[2].strip());
      }
    }
    assertThat(documented)
        .containsExactlyElementsOf(
            families.keySet().stream()
                .filter(name -> name.startsWith("grid_") && !name.endsWith("_max"))
                .sorted()
                .toList());
  }
}
