package org.promisegrid.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.doctor.AgentState;
import org.promisegrid.cli.doctor.Finding;
import org.promisegrid.cli.doctor.Host;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Item;

final class DoctorTest {

  @TempDir private Path folder = Path.of("");

  private Path home() throws IOException {
    Path home = folder.resolve("home");
    return Files.isDirectory(home)
        ? home
        : Files.createDirectory(
            home,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private FakeAgent.Ended doctor(String... more) throws IOException {
    return FakeAgent.run(
        Map.of("GRID_HOME", home().toString(), "GRID_HTTP_PORT", "0"),
        "",
        more.length == 0 ? new String[] {"doctor"} : more);
  }

  private FakeAgent.Ended doctor(Function<FakeAgent, Function<Call, Item>> answers)
      throws IOException {
    FakeAgent[] self = new FakeAgent[1];
    try (FakeAgent agent =
        new FakeAgent(home(), call -> self[0].kept(call, answers.apply(self[0]).apply(call)))) {
      self[0] = agent;
      return doctor();
    }
  }

  private static Item status(String version, String target) {
    return Item.table()
        .put("version", version)
        .put(
            "targets",
            Item.array(
                Item.table()
                    .put("target", "wasm:local")
                    .put("status", target)
                    .put("reason", "it has a cold")
                    .build()))
        .build();
  }

  @Test
  void anEmptyHomeIsNothingWrong() throws IOException {
    FakeAgent.Ended ended = doctor();
    assertThat(ended.code()).isZero();
    assertThat(ended.out()).contains("none runs here").endsWith("Nothing is wrong.\n");
  }

  @Test
  void forProgramsItTellsTheSame() throws IOException {
    FakeAgent.Ended ended = doctor("doctor", "-o", "json");
    assertThat(ended.out()).contains("\"good\": true").contains("\"about\": \"java\"");
  }

  @Test
  void aJavaThatLosesWakeUpsIsWrongAndTheOneToInstallIsNamed() {
    Finding early = Host.java(Runtime.Version.parse("25.0.2+10-LTS"));
    assertThat(early).matches(Finding::isWrong);
    assertThat(early.says()).contains("Java 25.0.2+10-LTS");
    assertThat(early.advice().orElseThrow()).contains("wake-ups", "install 25.0.3 or later");
    assertThat(Host.java(Runtime.Version.parse("25.0.3"))).matches(found -> !found.isWrong());
  }

  @Test
  void aHomeThatOthersMayEnterIsWrong() throws IOException {
    Files.setPosixFilePermissions(home(), PosixFilePermissions.fromString("rwxr-x---"));
    FakeAgent.Ended ended = doctor();
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.out()).contains("others may enter it").contains("→ chmod 700 " + home());
  }

  @Test
  void aKeyThatOthersMayReadIsWrong() throws IOException {
    Path keys = Files.createDirectory(home().resolve("keys"));
    Path key = Files.writeString(keys.resolve("guest.pem"), "x");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(doctor().out()).contains("guest.pem can be used by others: rw-r--r--");
  }

  @Test
  void aNodeWithoutItsKeyIsWrong() throws IOException {
    Files.createDirectory(home().resolve("keys"));
    Files.writeString(home().resolve("layout"), "x");
    assertThat(doctor().out()).contains("the node's key or the owner's token is gone");
  }

  @Test
  void aClockThatWentBackIsWrong() throws IOException {
    Path journal = Files.createDirectory(home().resolve("journal"));
    Path file = Files.writeString(journal.resolve("journal"), "x");
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(7200)));
    FakeAgent.Ended ended = doctor();
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.out()).contains("after what the clock says now").contains("→ set the clock");
  }

  @Test
  void aCertificateThatIsNoneOrWhoseKeyIsOpenIsWrong() throws IOException {
    Path tls = Files.createDirectory(home().resolve("tls"));
    Files.writeString(tls.resolve("cert.pem"), "no certificate");
    Path key = Files.writeString(tls.resolve("key.pem"), "x");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    assertThat(doctor().out()).contains("cert.pem holds none");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
    FakeAgent.Ended ended = doctor();
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.out()).contains("key.pem can be used by others");
  }

  @Test
  void aPortThatAnotherHasIsWrong() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = other.getLocalPort();
      AgentState state =
          new AgentState(
              new HomeFolder(home()),
              () -> {
                throw new AssertionError("nobody is to be asked");
              },
              "1");
      assertThat(state.look(port).getLast())
          .matches(Finding::isWrong)
          .extracting(Finding::says)
          .asString()
          .contains("port " + port + " isn't to be had");
    }
  }

  @Test
  void anAgentThatWasKilledIsWrong() throws IOException {
    try (FakeAgent agent = new FakeAgent(home(), _ -> new byte[0])) {
      assertThat(agent.home).exists();
    }
    assertThat(doctor().out()).contains("which is gone").contains("→ it was killed");
  }

  @Test
  void anAgentThatDoesntAnswerAsItShouldIsWrong() throws IOException {
    FakeAgent.Ended ended = doctor(_ -> _ -> Item.array());
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.out()).contains("doesn't answer as it should");
  }

  @Test
  void aTargetThatDoesntWorkIsWrongAndOneThatIsntThereANote() throws IOException {
    FakeAgent.Ended unhealthy = doctor(_ -> _ -> status("1", "unhealthy"));
    assertThat(unhealthy.code()).isEqualTo(1);
    assertThat(unhealthy.out())
        .contains("✗ wasm:local")
        .contains("unhealthy: it has a cold")
        .contains("grid.drivers.wasm.enabled=false");
    folder = Files.createTempDirectory(folder, "d");
    FakeAgent.Ended undetected = doctor(_ -> _ -> status("1", "undetected"));
    assertThat(undetected.code()).isZero();
    assertThat(undetected.out()).contains("· wasm:local").contains("→ install that, or mend that");
  }

  @Test
  void aDriverThatWasFoundAndCantBeUsedIsWrong() throws IOException {
    Item skipped =
        Item.table().put("driver", "/home/drivers/laser.jar").put("reason", "cut off").build();
    FakeAgent.Ended ended =
        doctor(
            _ -> _ -> Item.table().put("version", "1").put("skipped", Item.array(skipped)).build());
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.out()).contains("laser.jar was found, and can't be used: cut off");
  }

  @Test
  void anAgentOfAnotherVersionIsANote() throws IOException {
    FakeAgent.Ended ended = doctor(_ -> _ -> status("0.0.7", "healthy"));
    assertThat(ended.code()).isZero();
    assertThat(ended.out()).contains("version 0.0.7, and this command is");
    folder = Files.createTempDirectory(folder, "d");
    assertThat(doctor(_ -> _ -> status(Grid.version(), "healthy")).out()).contains("✓ agent");
  }
}
