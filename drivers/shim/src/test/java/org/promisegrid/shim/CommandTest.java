package org.promisegrid.shim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What is said to a shim, and what can't be.
final class CommandTest {

  @Test
  void theFirstFramesAreThoseOfTheDocument() {
    byte[] key = new byte[ShimKey.SIZE];
    Arrays.fill(key, (byte) 7);
    assertThat(hex(Frame.hello(ShimKey.of(key))))
        .isEqualTo("00000019" + "01" + "6772696473" + "68696d" + "07".repeat(16));
    List<byte[]> frames = Frame.of(Command.of(List.of("true")));
    assertThat(frames).hasSize(2);
    assertThat(hex(frames.getFirst())).isEqualTo("00000005" + "02" + "74727565");
    assertThat(hex(frames.getLast()))
        .isEqualTo(
            "00000045"
                + "07"
                + "00000000"
                + "ffffffff".repeat(2)
                + "00000000".repeat(3)
                + "0000000000000000".repeat(5)
                + "0000".repeat(2));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void allThatARunSaysStandsInItsFrame() {
    Command command =
        Command.of(List.of("x"))
            .spooled("/spool", true)
            .as(new Command.User(5, 6))
            .on(new Command.Terminal(7, 8))
            .leased(Duration.ofMillis(9))
            .within(
                new Command.Bounds(Duration.ofNanos(1), Duration.ofMillis(10), 11, 12, 13, 14, 15));
    assertThat(hex(Frame.of(command).getLast()))
        .isEqualTo(
            "00000045"
                + "07"
                + "00000003"
                + "00000005"
                + "00000006"
                + "00000009"
                + "0000000e"
                + "0000000f"
                + "0000000000000001"
                + "000000000000000a"
                + "000000000000000b"
                + "000000000000000c"
                + "000000000000000d"
                + "0007"
                + "0008");
  }

  static Stream<List<String>> whatNoFrameCarries() {
    return Stream.of(
        List.of(),
        List.of("a\0b"),
        List.of("\ud800"),
        List.of("x".repeat(65_536)),
        Collections.nCopies(4_097, "x"),
        Collections.nCopies(17, "x".repeat(65_535)));
  }

  @ParameterizedTest
  @MethodSource
  void whatNoFrameCarries(List<String> arguments) {
    assertThatIllegalArgumentException().isThrownBy(() -> Command.of(arguments));
  }

  @Test
  void asMuchAsFramesCarryIsTaken() {
    assertThat(Frame.of(Command.of(Collections.nCopies(16, "x".repeat(65_535))))).hasSize(17);
    assertThat(Frame.of(Command.of(Collections.nCopies(4_096, "")))).hasSize(4_097);
  }

  @Test
  void aVariableHasANameWithoutAnEqualsSign() {
    Command command = Command.of(List.of("x"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> command.withEnvironment(Map.of("a=b", "c")));
    assertThatIllegalArgumentException().isThrownBy(() -> command.withEnvironment(Map.of("", "c")));
  }

  @Test
  void twoSecretsDoNotLieInOnePlace() {
    SecretFile secret = new SecretFile("/s", Optional.empty(), new byte[1]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Command.of(List.of("x")).withSecrets(List.of(secret, secret)))
        .withMessage("two secrets at /s");
    assertThat(secret).hasToString("SecretFile /s");
    assertThat(ShimKey.of(new byte[ShimKey.SIZE])).hasToString("ShimKey");
  }
}
