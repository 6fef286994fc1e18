package org.promisegrid.driver.docker.service;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Locale;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.service.Published;

/// Looks whether ports of this host, which is the engine's, are free. Engines find out only when a
/// container starts.
final class TakenPorts {

  private TakenPorts() {}

  /// @throws DriverException `CONFLICT` if one is taken, which the message names
  static void check(List<Published> ports, String doing) {
    for (Published port : ports) {
      if (port.port() != 0 && isTaken(port)) {
        throw new DriverException(
            Kind.CONFLICT,
            "%s: port %d/%s of %s is taken"
                .formatted(
                    doing,
                    port.port(),
                    port.transport().name().toLowerCase(Locale.ROOT),
                    port.address()));
      }
    }
  }

  private static boolean isTaken(Published port) {
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.ofLiteral(port.address()), port.port());
    try {
      switch (port.transport()) {
        case TCP -> {
          try (ServerSocket socket = new ServerSocket()) {
            socket.bind(address);
          }
        }
        case UDP -> {
          try (DatagramSocket socket = new DatagramSocket(null)) {
            socket.bind(address);
          }
        }
      }
      return false;
    } catch (BindException e) {
      // Anything else, such as a port that only root can have, is the engine's to judge.
      return String.valueOf(e.getMessage()).contains("in use");
    } catch (IOException _) {
      return false;
    }
  }
}
