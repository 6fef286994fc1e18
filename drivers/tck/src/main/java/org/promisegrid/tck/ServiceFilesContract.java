package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Trait;
import org.promisegrid.sandbox.service.LogRange;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceSpec.Security;

/// Files and secrets that a service is given, and what of the host it isn't.
abstract class ServiceFilesContract extends ServiceBench {

  private static final String SECRET = "a secret that nobody else reads";

  ServiceFilesContract(SandboxDriverContract contract, Bench bench) {
    super(contract, bench);
  }

  @ParameterizedTest
  @EnumSource
  void contentIsAFileThatCanOnlyBeRead(Security security) throws InterruptedException, IOException {
    Cid content = put("as it was put");
    assertThat(
            output(
                doing("read", "/etc/own/it.conf", "write", "/etc/own/it.conf", "x")
                    .security(security)
                    .mount(new Mounted.File(content, "/etc/own/it.conf", 0444))))
        .isEqualTo("as it was put\ncan't write /etc/own/it.conf\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0444", "0400", "0555", "0640"})
  void aFileHasItsModeAndIsReadWhateverThatIs(String mode)
      throws InterruptedException, IOException {
    needs(Trait.SERVICE_USERS);
    assertThat(
            output(
                doing("mode", "/file", "read", "/file")
                    .user("1234:567")
                    .mount(new Mounted.File(put("text"), "/file", Integer.parseInt(mode, 8)))))
        .isEqualTo(mode + " 1234:567\ntext\n");
  }

  @Test
  void severalFilesLieWhereTheyAreSaidAndAlsoInFoldersThatAreMemory()
      throws InterruptedException, IOException {
    assertThat(
            output(
                doing("read", "/a", "read", "/run/b/c", "read", "/tmp/d", "read", "/data/e")
                    .mount(new Mounted.Volume("data", "/data", false, false))
                    .mount(new Mounted.File(put("one"), "/a", 0444))
                    .mount(new Mounted.File(put("two"), "/run/b/c", 0444))
                    .mount(new Mounted.File(put(""), "/tmp/d", 0444))
                    .mount(new Mounted.File(put("four"), "/data/e", 0444))))
        .isEqualTo("one\ntwo\n\nfour\n");
  }

  @Test
  void aLargeFileArrivesByteForByte() throws InterruptedException, IOException {
    byte[] large = TestProgram.flood(3_000_001);
    Cid content = bench().content().put(large);
    Service service =
        started(
            doing("read", "/large")
                .log(8 << 20, 2)
                .mount(new Mounted.File(content, "/large", 0444)));
    assertThat(service.await().code()).isZero();
    byte[] read = bytes(service, LogRange.ALL, false);
    assertThat(Arrays.copyOf(read, read.length - 1)).isEqualTo(large);
  }

  @Test
  void contentThatTheAgentLacksIsForAPersonAndLeavesNothing() throws InterruptedException {
    Cid absent = Cid.of(Bench.utf8("nobody has this file"));
    ServiceDraft draft = doing("exit", "0").mount(new Mounted.File(absent, "/file", 0444));
    Bench.assertFails(Kind.BROKEN, () -> create(draft));
    assertThat(services().services()).isEmpty();
  }

  @Test
  void filesAreThereAgainAtEachStartByWhicheverAgent() throws InterruptedException, IOException {
    Service service =
        started(
            doing("read", "/file", "exit", "0")
                .mount(new Mounted.File(put("there"), "/file", 0444)));
    service.await();
    bench().restart();
    Service adopted = services().adopt(service.id()).orElseThrow();
    adopted.start();
    adopted.await();
    assertThat(text(adopted, LogRange.ALL, false)).isEqualTo("there\nthere\n");
  }

  @ParameterizedTest
  @EnumSource
  void aSecretIsAFileThatCanOnlyBeReadByTheServicesUser(Security security)
      throws InterruptedException, IOException {
    needs(Trait.SERVICE_USERS);
    bench().secrets().put("password", Bench.utf8(SECRET));
    assertThat(
            output(
                doing("id", "mode", "/etc/s", "read", "/etc/s", "write", "/etc/s", "x")
                    .security(security)
                    .user("1234:567")
                    .mount(new Mounted.Secret("password", "/etc/s"))))
        .isEqualTo("1234:567\n0400 1234:567\n" + SECRET + "\ncan't write /etc/s\n");
  }

  @Test
  void whoIsNobodyReadsSecretsToo() throws InterruptedException, IOException {
    bench().secrets().put("one", Bench.utf8("first"));
    bench().secrets().put("two", new byte[0]);
    assertThat(
            output(
                doing("read", "/run/secrets/one", "read", "/run/secrets/two", "read", "/file")
                    .mount(new Mounted.Secret("one", "/run/secrets/one"))
                    .mount(new Mounted.Secret("two", "/run/secrets/two"))
                    .mount(new Mounted.File(put("a file"), "/file", 0400))))
        .isEqualTo("first\n\na file\n");
  }

  @Test
  void theNextStartHasTheSecretAsItIsThen() throws InterruptedException, IOException {
    bench().secrets().put("password", Bench.utf8("before"));
    Service service =
        started(
            doing("read", "/run/s", "exit", "0").mount(new Mounted.Secret("password", "/run/s")));
    service.await();
    bench().secrets().put("password", Bench.utf8("after it"));
    service.start();
    service.await();
    bench().restart();
    bench().secrets().put("password", Bench.utf8("last"));
    Service adopted = services().adopt(service.id()).orElseThrow();
    adopted.start();
    adopted.await();
    assertThat(text(adopted, LogRange.ALL, false)).isEqualTo("before\nafter it\nlast\n");
  }

  @Test
  void aSecretThatCantBeReadKeepsItFromStarting() throws InterruptedException {
    Service service = create(doing("exit", "0").mount(new Mounted.Secret("absent", "/run/s")));
    Bench.assertFails(Kind.BROKEN, service::start);
    assertThat(service.state().toString()).startsWith("Created");
    bench().secrets().put("absent", Bench.utf8("there now"));
    service.start();
    assertThat(service.await().code()).isZero();
  }

  @Test
  void oneOfTwoServicesReadsNothingOfTheOther() throws InterruptedException, IOException {
    bench().secrets().put("password", Bench.utf8(SECRET));
    Service one =
        started(doing("out", "here", "hold").mount(new Mounted.Secret("password", "/run/s")));
    awaitLine(one, "here");
    assertThat(output(doing("read", "/run/s").at(ServiceDraft.STACK, "other", 0)))
        .isEqualTo("can't read /run/s\n");
  }

  @Test
  void aFolderOrDeviceOfTheHostThatNobodyAllowedIsRefusedBeforeAnythingIsMade()
      throws InterruptedException {
    Offer other = offer(doing("exit", "0").spec());
    for (ServiceDraft draft :
        List.of(
            doing("exit", "0").mount(new Mounted.Bind("/etc", "/given", true)),
            doing("exit", "0").mount(new Mounted.Bind("/", "/given", false)),
            doing("exit", "0").device("/dev/mem"))) {
      ServiceSpec spec =
          draft
              .mount(new Mounted.Volume("data", "/data", false, false))
              .network(new ServiceSpec.Network("inner", false, false))
              .spec();
      assertThat(services().offers(spec)).isInstanceOf(Quote.Declined.class);
      Bench.assertFails(Kind.UNSUPPORTED, () -> services().create(Bench.newId(), spec, other));
      assertThat(services().services()).isEmpty();
      assertThat(services().volumes()).isEmpty();
    }
  }

  private Cid put(String text) {
    return bench().content().put(Bench.utf8(text));
  }
}
