package org.promisegrid.kernel.function;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Answer;
import org.promisegrid.kernel.message.Protocols;

/// The table of functions and HTTP operations in `docs/protocols/README.md` keeps its form, and
/// says what the functions' documents say.
final class RestTableTest {

  private static final Path README = Path.of("..", "..", "docs", "protocols", "README.md");
  private static final Pattern ROW =
      Pattern.compile(
          "\\| (\\*|[a-z][a-z.]*) \\| (GET|HEAD|POST|PUT|DELETE|-) \\| (/[a-z/{}]+|-) \\| (.+) \\|");
  private static final Pattern PARAMETER =
      Pattern.compile("([a-z.]+)@(path|query|header|body)(?:=([A-Za-z0-9_-]+))?(\\?)?");
  private static final Pattern DOCUMENTED =
      Pattern.compile("^\\| `([a-z]+)` \\|", Pattern.MULTILINE);

  private record Row(String function, String method, String path, List<MatchResult> parameters) {}

  @Test
  void everyRowHasTheForm() throws IOException {
    Set<String> operations = new HashSet<>();
    for (Row row : rows()) {
      assertThat(row.method().equals("-")).as("%s", row).isEqualTo(row.path().equals("-"));
      if (!row.method().equals("-")) {
        assertThat(operations.add(row.method() + " " + row.path())).as("twice: %s", row).isTrue();
      }
      Set<String> inPath =
          row.parameters().stream()
              .filter(each -> each.group(2).equals("path"))
              .map(each -> each.group(3) == null ? each.group(1) : each.group(3))
              .collect(Collectors.toSet());
      assertThat(inPath)
          .as("%s", row)
          .isEqualTo(
              Pattern.compile("\\{([a-z]+)\\}")
                  .matcher(row.path())
                  .results()
                  .map(each -> each.group(1))
                  .collect(Collectors.toSet()));
    }
  }

  @Test
  void everyFunctionThatIsDocumentedHasARow() throws IOException {
    Set<String> functions = rows().stream().map(Row::function).collect(Collectors.toSet());
    assertThat(functions).containsAll(documented());
  }

  @Test
  void theParametersAreThoseOfTheDocument() throws IOException {
    List<Row> rows = rows();
    for (String function : documented()) {
      List<Row> its =
          rows.stream()
              .filter(row -> row.function().equals(function) && !row.method().equals("-"))
              .toList();
      if (its.isEmpty()) {
        continue;
      }
      Set<String> mapped =
          its.stream()
              .flatMap(row -> row.parameters().stream())
              .map(each -> each.group(1))
              // The bytes of a request are no parameter, except where a function has one so named.
              .filter(name -> !name.equals("input") || !function.equals("content.put"))
              .collect(Collectors.toCollection(TreeSet::new));
      Set<String> parameters = parameters(function);
      if (parameters.isEmpty()) {
        // None, or told in a sentence.
        String text = new String(Protocols.document(function), StandardCharsets.UTF_8);
        mapped.forEach(name -> assertThat(text).as(function).contains("`" + name + "`"));
      } else {
        assertThat(mapped).as(function).isEqualTo(parameters);
      }
    }
  }

  @Test
  void everyReasonHasAStatus() throws IOException {
    String readme = Files.readString(README);
    for (Answer.Reason reason : Answer.Reason.values()) {
      assertThat(readme).containsPattern("(?m)^\\| " + reason.code() + " \\| [45]\\d\\d \\|$");
    }
  }

  private static List<Row> rows() throws IOException {
    List<String> lines = Files.readAllLines(README);
    int header = lines.indexOf("| function | method | path | parameters |");
    assertThat(header).isPositive();
    assertThat(lines.get(header + 1)).isEqualTo("|---|---|---|---|");
    return lines.stream()
        .skip(header + 2)
        .takeWhile(line -> !line.isEmpty())
        .map(RestTableTest::row)
        .toList();
  }

  private static Row row(String line) {
    var matcher = ROW.matcher(line);
    assertThat(matcher.matches()).as(line).isTrue();
    String parameters = matcher.group(4);
    return new Row(
        matcher.group(1),
        matcher.group(2),
        matcher.group(3),
        parameters.equals("-")
            ? List.of()
            : Stream.of(parameters.split(" ", -1)).map(RestTableTest::parameter).toList());
  }

  private static MatchResult parameter(String text) {
    var matcher = PARAMETER.matcher(text);
    assertThat(matcher.matches()).as(text).isTrue();
    return matcher.toMatchResult();
  }

  /// Functions are told from formats by the dot in their names, but for these two.
  private static Set<String> documented() {
    return Protocols.all().keySet().stream()
        .filter(name -> name.contains(".") || name.equals("offer") || name.equals("forward"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> parameters(String function) {
    String text = new String(Protocols.document(function), StandardCharsets.UTF_8);
    int table = text.indexOf("\n| parameter | value |\n");
    if (table < 0) {
      return Set.of();
    }
    int end = text.indexOf("\n\n", table + 1);
    return DOCUMENTED
        .matcher(text.substring(table, end))
        .results()
        .map(each -> each.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
