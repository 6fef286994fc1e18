package org.promisegrid.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.sandbox.Cid;

/// What an operation says that it calls is what it can call.
final class RouteTest {

  private static final Cid SOME = Cid.of(new byte[] {1});

  @Test
  void anOperationOfAFunctionCallsThatAndNothingElse() {
    Route route = new Route("ref.get", Map.of());

    assertThat(route.function()).isEqualTo(Protocols.cid("ref.get"));
    assertThatThrownBy(() -> route.function(SOME)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> route.function(Protocols.cid("ref.list")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void onlyAnOperationOfAnyFunctionLeavesItToItsRequest() {
    Route route = new Route("*", Map.of());

    assertThat(route.function(SOME)).isEqualTo(SOME);
    assertThatThrownBy(route::function).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anOperationThatSaysNothingCallsNothing() throws Exception {
    var method = Object.class.getMethod("hashCode");

    assertThatThrownBy(() -> Route.of(method)).isInstanceOf(IllegalStateException.class);
  }
}
