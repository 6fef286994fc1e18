package org.promisegrid.cli.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ImageReference;

/// Images of registries, as people write them and as content has them.
final class PinnedImageTest {

  private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

  @TempDir Path folder;

  private Draft.Source source(String image) throws MalformedException {
    return DescriptorFile.parse("forms: [{image: \"" + image + "\"}]", "x.yaml", folder)
        .code()
        .getFirst();
  }

  private ImageReference reference(String image) throws MalformedException {
    assertThat(source(image)).isInstanceOf(Draft.Source.Text.class);
    return ImageReference.parse(((Draft.Source.Text) source(image)).bytes()).orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"docker.io/library/wiki", "localhost:5000/a", "localhost/a/b", "10.0.0.1:1/a-b_c"})
  void anImageByItsDigestIsSmallContent(String repository) throws Exception {
    ImageReference reference = reference(repository + "@" + DIGEST + " linux/arm64");
    assertThat(reference).isEqualTo(new ImageReference(repository, DIGEST, "linux", "arm64"));
    assertThat(ImageReference.parse(reference.bytes())).contains(reference);
  }

  @Test
  void whereNoPlatformIsSaidItIsThisHosts() throws Exception {
    assertThat(reference("docker.io/library/wiki@" + DIGEST).os()).isEqualTo("linux");
    assertThat(reference("docker.io/library/wiki@" + DIGEST).architecture()).isNotEmpty();
  }

  @Test
  void theNameOfItsCodeSaysWhichImageItIs() throws Exception {
    Draft draft =
        DescriptorFile.parse(
            "forms: [{image: a.b/c@" + DIGEST + " linux/amd64}]", "x.yaml", folder);
    Cid code = draft.like().forms().getFirst().code();
    assertThat(code)
        .isEqualTo(Cid.of(new ImageReference("a.b/c", DIGEST, "linux", "amd64").bytes()));
    assertThat(draft.descriptor(List.of(code)).forms()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "docker.io/library/wiki",
        "docker.io/library/wiki:latest",
        "localhost:5000/wiki",
        "docker.io/library/wiki:1@DIGEST",
        "wiki@DIGEST",
        "library/wiki@DIGEST",
        "docker.io/Library/wiki@DIGEST",
        "docker.io/library/../wiki@DIGEST",
        "docker.io/library/wiki@sha256:12",
        "docker.io/library/wiki@sha512:12",
        "docker.io/library/wiki@DIGEST linux/",
      })
  void whatCanChangeOrIsNoNameIsRefused(String image) {
    assertThatExceptionOfType(MalformedException.class)
        .isThrownBy(() -> source(image.replace("DIGEST", DIGEST)))
        .withMessageMatching("(?s).*(@sha256:…|docker.io/library/wiki|sha256:|platform).*");
  }

  @Test
  void whatIsThereAsAFileIsAFile() throws Exception {
    Files.createDirectory(folder.resolve("docker.io"));
    Files.createFile(folder.resolve("docker.io/wiki"));
    assertThat(source("docker.io/wiki")).isInstanceOf(Draft.Source.File.class);
    assertThat(source("./wiki.tar")).isInstanceOf(Draft.Source.File.class);
    assertThat(source("docker.io/wiki.tar")).isInstanceOf(Draft.Source.File.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "image a.b/c@DIGEST\nplatform linux/amd64",
        "image a.b/c@DIGEST\nplatform linux/amd64\n\n",
        "image a.b/c@DIGEST\nplatform linux\n",
        "image a.b/c\nplatform linux/amd64\n",
        "image c@DIGEST\nplatform linux/amd64\n",
        " image a.b/c@DIGEST\nplatform linux/amd64\n",
        "",
      })
  void contentThatIsWrittenInAnotherWayIsNone(String text) {
    assertThat(
            ImageReference.parse(
                text.replace("DIGEST", DIGEST).getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .isEmpty();
  }
}
