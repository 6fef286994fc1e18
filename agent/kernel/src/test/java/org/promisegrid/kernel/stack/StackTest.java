package org.promisegrid.kernel.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.ServiceSpec;

/// Stacks, as written and read; made-up and spoilt ones from a seed that is printed: run again with
/// `-Dfuzz.seed=…`.
final class StackTest {

  private static final Cid IMAGE = Cid.of(new byte[] {1});
  private static final int ROUNDS = 20_000;

  private final long seed = Long.getLong("fuzz.seed", System.nanoTime());
  private final Random random = new Random(seed);

  StackTest() {
    System.out.println("StackTest: -Dfuzz.seed=" + seed);
  }

  private static Item.TableBuilder service() {
    return Item.table().put("image", IMAGE);
  }

  private static Declaration read(Item.TableBuilder table) {
    try {
      return Declaration.of(table.build());
    } catch (MalformedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anImageAloneIsAServiceThatIsKeptStrictly() {
    Declaration service = read(service());
    assertThat(service.toItem()).isEqualTo(service().build());
    assertThat(service.running()).isTrue();
    assertThat(service.egress()).isFalse();
    assertThat(service.allowance()).isEqualTo(new ServiceSpec.Allowance(1L << 30, 1000, 1024));
  }

  @Test
  void defaultsThatAreWrittenOutAreLeftOut() {
    Declaration service =
        read(
            service()
                .put("security", "strict")
                .put("replicas", 1)
                .put("running", true)
                .put("log", Item.table().put("files", 3).build())
                .put("restart", Item.table().put("policy", "always").build())
                .put(
                    "volumes",
                    Item.table().put("d", Item.table().put("path", "/d").build()).build()));
    assertThat(service.toItem())
        .isEqualTo(service().put("volumes", Item.table().put("d", "/d").build()).build());
  }

  @Test
  void aHeadHasOneEncodingOnly() throws MalformedException {
    Message good = Stack.of("web", read(service().put("ports", ports(80, 81)))).message();
    assertThat(Stack.of(good).services()).containsOnlyKeys("web");
    for (Item.TableBuilder other :
        List.of(service().put("ports", ports(81, 80)), service().put("replicas", 1))) {
      Message message =
          Message.of(
              Stack.PROTOCOL,
              Item.table().put("services", Item.table().put("web", other.build()).build()).build());
      assertThatThrownBy(() -> Stack.of(message))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("encoding");
    }
  }

  private static Item ports(int... inside) {
    List<Item> ports = new ArrayList<>();
    for (int port : inside) {
      ports.add(Item.table().put("inside", port).build());
    }
    return Item.array(ports);
  }

  @ParameterizedTest
  @ValueSource(strings = {"privileged", "network_mode", "pid", "cap_add"})
  void whatNoServiceMayAskIsRefusedByItsName(String key) {
    assertThatThrownBy(() -> Declaration.of(service().put(key, true).build()))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(key + " isn't something that a service may ask")
        .hasMessageContaining("security");
  }

  @Test
  void aMistypedKeyIsNamedWithWhatThereIs() {
    assertThatThrownBy(() -> Declaration.of(service().put("enviroment", Item.EMPTY).build()))
        .hasMessageContaining("enviroment")
        .hasMessageContaining("environment");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a/../b", "a", "/a/", "//a", "/a:b", "/a,b", "/.", "/\u00e4", ""})
  void pathsAreAbsoluteAndPlain(String path) {
    Item.Table mounted = Item.table().put("d", path).build();
    assertThatThrownBy(() -> Declaration.of(service().put("volumes", mounted).build()))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void twoThingsDoNotLieAtOnePath() {
    assertThatThrownBy(() ->
            Declaration.of(
                service()
                    .put("volumes", Item.table().put("d", "/d").build())
                    .put("secrets", Item.table().put("s", "/d").build())
                    .build()))
        .hasMessageContaining("/d");
  }

  @Test
  void replicasGetPortsOfTheirOwn() {
    Item one = Item.array(Item.table().put("inside", 80).put("port", 8080).build());
    assertThatThrownBy(() -> Declaration.of(service().put("replicas", 2).put("ports", one).build()))
        .hasMessageContaining("replicas");
    assertThat(read(service().put("replicas", 2).put("ports", ports(80))).ports())
        .containsExactly(new Published(80, Published.Transport.TCP, "127.0.0.1", 0));
  }

  @Test
  void whatASandboxIsMadeFromIsTheSameWhateverItIsWatchedBy() {
    Declaration service = read(service());
    assertThat(service.running(false).source()).isEqualTo(service.source());
    assertThat(read(service().put("replicas", 3)).source()).isEqualTo(service.source());
    assertThat(read(service().put("health", Item.table().put("tcp", 80).build())).source())
        .isEqualTo(service.source());
    assertThat(read(service().put("egress", true)).source()).isNotEqualTo(service.source());
  }

  @Test
  void anEmptiedStackHasNoServices() {
    assertThatCode(() -> Stack.of(Stack.none(true).message())).doesNotThrowAnyException();
    TreeMap<String, Declaration> one = new TreeMap<>(Map.of("a", read(service())));
    assertThatThrownBy(() -> new Stack(one, true)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A", "1a", "a_b", "a/b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
  void namesAreShortAndPlain(String name) {
    assertThatThrownBy(() -> Stack.checkName(name)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void noBytesBreakReading() {
    for (int i = 0; i < ROUNDS; i++) {
      byte[] data = Cbor.encode(madeUp());
      for (int spoilt = random.nextInt(3); spoilt > 0; spoilt--) {
        data[random.nextInt(data.length)] = (byte) random.nextInt(256);
      }
      try {
        StackFuzz.fuzzerTestOneInput(data);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "-Dfuzz.seed=" + seed + ", round " + i + ": " + HexFormat.of().formatHex(data), e);
      }
    }
  }

  @Test
  void mostMadeUpServicesAreGood() {
    // Else the fuzz above would test refusals only.
    int good = 0;
    for (int i = 0; i < 500; i++) {
      try {
        Declaration.of(madeUp());
        good++;
      } catch (MalformedException _) {
        // Some contradict themselves.
      }
    }
    assertThat(good).as("-Dfuzz.seed=%s", seed).isGreaterThan(100);
  }

  private Item.Table madeUp() {
    Item.TableBuilder table = service();
    Map<String, Item> all =
        Map.ofEntries(
            Map.entry("entrypoint", Item.array(Item.of("/bin/sh"), Item.of(""))),
            Map.entry("command", Item.NOTHING),
            Map.entry("environment", Item.table().put("A", "b").put("ä", "").build()),
            Map.entry("user", Item.of("1000:users")),
            Map.entry("security", Item.of(random.nextBoolean() ? "image" : "strict")),
            Map.entry("limits", Item.table().put("memory", 1L << 28).put("cpus", 1500).build()),
            Map.entry("ports", ports(1 + random.nextInt(3), 4 + random.nextInt(3))),
            Map.entry(
                "volumes",
                Item.table()
                    .put("data", "/data")
                    .put("b", Item.table().put("path", "/b").put("readonly", true).build())
                    .build()),
            Map.entry(
                "binds",
                Item.array(Item.table().put("source", "/srv/a b").put("path", "/srv").build())),
            Map.entry(
                "files",
                Item.table().put("/etc/a", Item.table().put("content", IMAGE).build()).build()),
            Map.entry("secrets", Item.table().put("db", "/run/secrets/db").build()),
            Map.entry(
                "networks",
                Item.array(
                    Item.of("back"), Item.table().put("name", "x").put("external", true).build())),
            Map.entry("egress", Item.of(random.nextBoolean())),
            Map.entry(
                "devices",
                Item.array(Item.of("/dev/z"), Item.of("nvidia.com/gpu=all"), Item.of("/dev/a"))),
            Map.entry("health", health()),
            Map.entry("replicas", Item.of(1 + random.nextInt(4))),
            Map.entry("restart", Item.table().put("policy", "failure").put("most", 5).build()),
            Map.entry("stop", Item.table().put("signal", "SIGQUIT").put("grace", 0).build()),
            Map.entry("log", Item.table().put("size", 4096).build()),
            Map.entry("running", Item.of(random.nextBoolean())),
            Map.entry("place", Item.table().put("drivers", Item.array(Item.of("docker"))).build()),
            Map.entry("isolation", Item.of("kernel")));
    all.forEach((key, value) -> {
      if (random.nextInt(3) == 0) {
        table.put(key, value);
      }
    });
    return table.build();
  }

  private Item health() {
    return switch (random.nextInt(3)) {
      case 0 -> Item.table().put("tcp", 80).put("retries", 3).build();
      case 1 -> Item.table().put("exec", Item.array(Item.of("true"))).put("within", 0).build();
      default ->
          Item.table()
              .put("http", Item.table().put("port", 80).put("path", "/").build())
              .put("every", 1000)
              .build();
    };
  }
}
