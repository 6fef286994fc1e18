package org.promisegrid.cli.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.cli.service.ServiceFile;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// What stands at `build:` in files of functions and services.
final class ImageRecipeTest {

  private static final Path FOLDER = Path.of("/some/folder");

  private static Optional<ImageRecipe> read(String yaml) throws MalformedException {
    return ImageRecipe.of(Yaml.parse(yaml, "test").item(), FOLDER);
  }

  @Test
  void aFolderIsEnough() throws MalformedException {
    assertThat(read("build: ./wiki"))
        .contains(
            new ImageRecipe(
                Path.of("/some/folder/wiki"), "Dockerfile", Map.of(), Optional.empty()));
  }

  @Test
  void moreCanBeSaid() throws MalformedException {
    assertThat(read("build: {context: /wiki, file: a/./File, arguments: {v: 1.2, n: 3}, stage: s}"))
        .contains(
            new ImageRecipe(
                Path.of("/wiki"), "a/File", Map.of("v", "1.2", "n", "3"), Optional.of("s")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"./x.tar", "{context: x}", "[a]", "1"})
  void othersAreNone(String yaml) throws MalformedException {
    assertThat(read(yaml)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{build: x, other: y}",
        "build: 1",
        "build: {}",
        "build: {file: x}",
        "build: {context: x, other: y}",
        "build: {context: 1}",
        "build: {context: x, arguments: [a]}",
        "build: {context: x, arguments: {a: [b]}}",
        "build: {context: x, file: /etc/passwd}",
        "build: {context: x, file: ../y}",
        "build: {context: x, file: a/../../y}",
        "build: {context: x, file: ''}"
      })
  void whatMakesNoSenseIsRefused(String yaml) {
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOfAny(MalformedException.class, IllegalArgumentException.class);
  }

  @Test
  void filesOfFunctionsAndServicesHaveIt() throws MalformedException {
    Draft draft = DescriptorFile.parse("forms: [{image: {build: ./wiki}}]", "test", FOLDER);
    assertThat(draft.code())
        .containsExactly(
            new Draft.Source.Build(ImageRecipe.of(Path.of("/some/folder/wiki"), Optional.empty())));
    ServiceFile service =
        ServiceFile.parse("services: {wiki: {image: {build: ./wiki}}}", "test", FOLDER);
    Cid built = Cid.of(new byte[] {1});
    assertThat(
            service
                .draft()
                .service(source -> {
                  assertThat(source).isEqualTo(draft.code().getFirst());
                  return built;
                })
                .get("image"))
        .contains(org.promisegrid.kernel.message.Item.of(built));
  }
}
