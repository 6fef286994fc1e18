package org.promisegrid.server.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.Kernel;
import org.promisegrid.server.Examples;
import org.promisegrid.server.Owner;

/// The table of `docs/protocols/README.md` is the whole of the HTTP interface.
@QuarkusTest
@QuarkusTestResource(Owner.class)
final class RoutesTest {

  /// Headers that say how HTTP shall do it, and are no parameter of any function.
  private static final Set<String> HOW = Set.of("Prefer", "If-None-Match", "If-Range");

  @Inject Kernel kernel;

  private record Row(String function, String method, String path, Set<String> parameters) {}

  private static List<Row> table() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(Examples.root().resolve("docs/protocols/README.md"))) {
      String[] cells = line.split("\\|", -1);
      if (cells.length == 6 && cells[3].strip().matches("/\\S*|-") && !cells[1].contains("---")) {
        Set<String> parameters =
            Stream.of(cells[4].strip().split("\\s+"))
                .filter(parameter -> !parameter.equals("-"))
                .map(RoutesTest::placed)
                .filter(parameter -> !parameter.startsWith("body "))
                .collect(Collectors.toCollection(TreeSet::new));
        rows.add(new Row(cells[1].strip(), cells[2].strip(), cells[3].strip(), parameters));
      }
    }
    return rows;
  }

  /// `call@path=cid` stands at `path cid`.
  private static String placed(String parameter) {
    String[] parts = parameter.replace("?", "").split("@", 2);
    String[] place = parts[1].split("=", 2);
    return place[0] + " " + (place.length == 2 ? place[1] : parts[0]);
  }

  private static List<Row> routes() {
    List<Row> routes = new ArrayList<>();
    Routes.all()
        .forEach((place, method) -> {
          String[] words = place.split(" ", 2);
          String calls = Route.of(method).calls();
          routes.add(new Row(calls, words[0], words[1], parameters(method)));
        });
    return routes;
  }

  private static Set<String> parameters(Method method) {
    Set<String> names = new TreeSet<>();
    for (Annotation[] annotations : method.getParameterAnnotations()) {
      for (Annotation annotation : annotations) {
        switch (annotation) {
          case PathParam path -> names.add("path " + path.value());
          case QueryParam query -> names.add("query " + query.value());
          case HeaderParam header when !HOW.contains(header.value()) ->
              names.add("header " + header.value());
          default -> {}
        }
      }
    }
    return names;
  }

  @Test
  void eachOperationStandsInTheTableAndEachLineOfTheTableIsAnOperation() throws Exception {
    assertThat(routes())
        .containsExactlyInAnyOrderElementsOf(
            table().stream().filter(row -> !row.path().equals("-")).toList());
  }

  @Test
  void theTableHasEveryFunctionOfTheKernelAndNoOther() throws Exception {
    Set<String> named = table().stream().map(Row::function).collect(Collectors.toSet());
    named.remove("*");

    assertThat(named).isEqualTo(kernel.functions());
  }

  @Test
  void everyResourceIsKnownToThisTest() {
    assertThat(
            new ClassFileImporter()
                .importPackages("org.promisegrid.server.rest").stream()
                    .filter(type -> type.isAnnotatedWith(Path.class))
                    .map(type -> type.getName()))
        .containsExactlyInAnyOrderElementsOf(
            Routes.RESOURCES.stream().map(Class::getName).toList());
  }
}
