package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.LogQuery;
import org.promisegrid.sandbox.Outcome;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Trait;

/// A secret that fills a slot is a file at the slot's path, in that sandbox and in no other. Where
/// the driver lacks the trait, [OffersContract] tests that it declines.
abstract class SecretsContract {

  private static final String PATH = "/run/secrets/password";

  private final Bench bench;

  SecretsContract(Bench bench) {
    this.bench = bench;
  }

  @BeforeEach
  void theDriverFillsThem() {
    assumeThat(bench.driver().traits()).contains(Trait.SECRET_SLOTS);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 17, 4096, 65_536})
  void aSecretIsAFileAtItsPathByteForByte(int size) throws InterruptedException {
    byte[] secret = TestProgram.flood(size);
    bench.secrets().put("password", secret);
    assertThat(bench.output(spec(Map.of("db", filling("password", PATH))), Invocation.of(PATH)))
        .isEqualTo(secret);
  }

  @Test
  void severalSecretsLieWhereTheirSlotsSay() throws InterruptedException {
    Map<String, Filling> slots =
        Map.of(
            "one", filling("first", PATH),
            "two", filling("second", "/run/secrets/other"),
            "three", filling("first", "/etc/app/key.pem"),
            "four", filling("third", "/top"));
    bench.secrets().put("first", Bench.utf8("the first"));
    bench.secrets().put("second", Bench.utf8("the second"));
    bench.secrets().put("third", Bench.utf8("the third"));
    assertThat(read(slots, PATH)).isEqualTo("the first");
    assertThat(read(slots, "/run/secrets/other")).isEqualTo("the second");
    assertThat(read(slots, "/etc/app/key.pem")).isEqualTo("the first");
    assertThat(read(slots, "/top")).isEqualTo("the third");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc/passwd",
        "/run/secrets/other",
        "/run/secrets",
        "/run/secrets/password/..",
        "/run/secrets/../../etc/passwd",
        "/run/secrets/password/x",
        "run/secrets/passwor"
      })
  void nothingElseCanBeReadBesideIt(String path) throws InterruptedException {
    bench.secrets().put("password", Bench.utf8("hunter2"));
    try (Run run = bench.start(spec(Map.of("db", filling("password", PATH))), path)) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(1));
      assertThat(run.out().bytes()).isEmpty();
    }
  }

  @Test
  void theNextSandboxHasNothingOfIt() throws InterruptedException {
    bench.secrets().put("password", Bench.utf8("hunter2"));
    assertThat(read(Map.of("db", filling("password", PATH)), PATH)).isEqualTo("hunter2");
    try (Run run = bench.start(spec(Map.of()), PATH)) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(1));
    }
  }

  @Test
  void twoSandboxesAtOnceHaveEachItsOwn() throws InterruptedException {
    bench.secrets().put("mine", Bench.utf8("mine"));
    bench.secrets().put("yours", Bench.utf8("yours"));
    try (Run mine = bench.start(spec(Map.of("db", filling("mine", PATH))), PATH);
        Run yours = bench.start(spec(Map.of("db", filling("yours", PATH))), PATH)) {
      assertThat(mine.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(yours.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(mine.out().text()).isEqualTo("mine");
      assertThat(yours.out().text()).isEqualTo("yours");
    }
  }

  @Test
  void whatTheAgentChangesLaterChangesNoSandbox() throws InterruptedException {
    bench.secrets().put("password", Bench.utf8("before"));
    try (var sandbox = bench.create(spec(Map.of("db", filling("password", PATH))))) {
      bench.secrets().put("password", Bench.utf8("afterwards"));
      Collector out = Collector.unlimited();
      sandbox.start(
          Invocation.of(PATH),
          new org.promisegrid.sandbox.Stdio(Feed.of(new byte[0]), out, Collector.unlimited()),
          org.promisegrid.sandbox.Port.closed());
      assertThat(sandbox.await().outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(out.text()).isEqualTo("before");
    }
  }

  @Test
  void itIsInNeitherLogNorEnvironmentNorWhatTheDriverTells()
      throws InterruptedException, IOException {
    bench.secrets().put("password", Bench.utf8("hunter2"));
    SandboxSpec spec =
        new SandboxSpec(
            bench.spec(TestProgram.ENVIRONMENT).form(),
            Limits.DEFAULT,
            Isolation.ANY,
            false,
            Map.of("db", filling("password", PATH)));
    try (Run run = bench.start(spec)) {
      assertThat(run.outcome()).isEqualTo(new Outcome.Exited(0));
      assertThat(run.out().text()).doesNotContain("hunter2");
      try (InputStream log = run.sandbox().logs(new LogQuery(0, false))) {
        assertThat(log.readAllBytes()).isEmpty();
      }
      assertThat(bench.listed().toString()).doesNotContain("hunter2");
    }
  }

  @Test
  void aSecretThatTheAgentDoesntGiveIsForAPersonAndLeavesNothing() throws InterruptedException {
    SandboxSpec spec = spec(Map.of("db", filling("unknown", PATH)));
    var offer = bench.offer(spec);
    Bench.assertFails(
        DriverException.Kind.BROKEN, () -> bench.driver().create(Bench.newId(), spec, offer));
    assertThat(bench.listed()).isEmpty();
  }

  private String read(Map<String, Filling> slots, String path) throws InterruptedException {
    return new String(
        bench.output(spec(slots), Invocation.of(path)), java.nio.charset.StandardCharsets.UTF_8);
  }

  private SandboxSpec spec(Map<String, Filling> slots) {
    Form form = bench.spec(TestProgram.READ).form();
    return new SandboxSpec(form, Limits.DEFAULT, Isolation.ANY, false, slots);
  }

  private static Filling filling(String name, String path) {
    return new Filling.Secret(name, path);
  }
}
