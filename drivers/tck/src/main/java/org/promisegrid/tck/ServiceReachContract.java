package org.promisegrid.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Trait;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.Service;
import org.promisegrid.sandbox.service.ServiceExit;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.ServiceSpec.Network;
import org.promisegrid.sandbox.service.ServiceSpec.Security;
import org.promisegrid.sandbox.service.ServiceState;

/// Whom a service reaches and who reaches it, and how much is taken from it.
abstract class ServiceReachContract extends ServiceBench {

  private static final String LOOPBACK = "127.0.0.1";
  private static final Network INNER = new Network("inner", false, false);

  ServiceReachContract(SandboxDriverContract contract, Bench bench) {
    super(contract, bench);
  }

  private static Published port(int port) {
    return new Published(8080, Published.Transport.TCP, LOOPBACK, port);
  }

  private static String answer(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.ofLiteral(LOOPBACK), port)) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static List<Published> ports(Service service) throws InterruptedException {
    return ((ServiceState.Running) service.state()).ports();
  }

  @Test
  void aPublishedPortIsReachedAndItsNumberIsTold() throws InterruptedException, IOException {
    needs(Trait.SERVICE_NETWORKS);
    Service service =
        started(
            doing("listen", "8080", "it answers", "out", "here", "hold")
                .network(INNER)
                .port(port(0)));
    awaitLine(service, "here");
    assertThat(ports(service))
        .singleElement()
        .satisfies(published -> {
          assertThat(published.inside()).isEqualTo(8080);
          assertThat(published.address()).isEqualTo(LOOPBACK);
          assertThat(answer(published.port())).isEqualTo("it answers");
        });
  }

  @Test
  void aPortThatIsTakenIsAConflictThatNamesItBeforeAnythingIsMade()
      throws InterruptedException, IOException {
    needs(Trait.SERVICE_NETWORKS);
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral(LOOPBACK))) {
      ServiceSpec spec = doing("hold").network(INNER).port(port(taken.getLocalPort())).spec();
      Offer offer = offer(spec);
      assertThatExceptionOfType(DriverException.class)
          .isThrownBy(() -> services().create(Bench.newId(), spec, offer))
          .withMessageContaining(Integer.toString(taken.getLocalPort()))
          .extracting(DriverException::kind)
          .isEqualTo(Kind.CONFLICT);
      assertThat(services().services()).isEmpty();
    }
  }

  @Test
  void servicesOfOneStackFindEachOtherByNameAndOthersDont()
      throws InterruptedException, IOException {
    needs(Trait.SERVICE_NETWORKS);
    Service one = started(doing("listen", "80", "it is web", "out", "here", "hold").network(INNER));
    awaitLine(one, "here");
    assertThat(output(doing("ask", "web", "80").at(ServiceDraft.STACK, "other", 0).network(INNER)))
        .isEqualTo("it is web\n");
    assertThat(
            output(
                doing("ask", "web", "80")
                    .at(ServiceDraft.STACK, "far", 0)
                    .network(new Network("elsewhere", false, false))))
        .isEqualTo("can't resolve web\n");
    assertThat(output(doing("ask", "web", "80").at("stranger", "other", 0).network(INNER)))
        .isEqualTo("can't resolve web\n");
    services().leave("stranger");
  }

  @Test
  void eachReplicaHasTheNameOfItsService() throws InterruptedException, IOException {
    needs(Trait.SERVICE_NETWORKS);
    for (int i = 0; i < 2; i++) {
      Service replica =
          started(doing("out", "here", "hold").at(ServiceDraft.STACK, "web", i).network(INNER));
      awaitLine(replica, "here");
    }
    assertThat(output(doing("names", "web").at(ServiceDraft.STACK, "other", 0).network(INNER)))
        .isEqualTo("web has 2\n");
  }

  @Test
  void whatIsExternalIsUsedOnlyIfItIsThere() throws InterruptedException {
    ServiceSpec volume =
        doing("exit", "0").mount(new Mounted.Volume("tck-absent", "/data", false, true)).spec();
    Offer offer = offer(volume);
    Bench.assertFails(Kind.UNSUPPORTED, () -> services().create(Bench.newId(), volume, offer));
    ServiceSpec network = doing("exit", "0").network(new Network("tck-absent", false, true)).spec();
    Offer another = offer(network);
    Bench.assertFails(Kind.UNSUPPORTED, () -> services().create(Bench.newId(), network, another));
    assertThat(services().services()).isEmpty();
    assertThat(services().volumes()).isEmpty();
  }

  @Test
  void anEndForWantOfMemoryIsToldApart() throws InterruptedException {
    needs(Trait.LIMITS_MEMORY);
    Service service =
        started(doing("allocate", Long.toString(512L << 20), "hold").allowance(32 << 20, 0, 64));
    ServiceExit exit = service.await();
    assertThat(exit.memory()).isTrue();
    assertThat(exit.code()).isEqualTo(128 + 9);
  }

  @Test
  void underStrictSecurityItIsNobodyAndWritesNothingButItsMemory()
      throws InterruptedException, IOException {
    needs(Trait.SERVICE_USERS);
    assertThat(output(doing("id", "write", "/new", "x", "write", "/tmp/new", "x")))
        .isEqualTo("65534:65534\ncan't write /new\nwrote /tmp/new\n");
  }

  @Test
  void asItsImageSaysItIsWhoThatSaysAndWrites() throws InterruptedException, IOException {
    needs(Trait.SERVICE_USERS);
    assertThat(output(doing("id", "write", "/new", "x").security(Security.IMAGE)))
        .isEqualTo("0:0\nwrote /new\n");
  }
}
