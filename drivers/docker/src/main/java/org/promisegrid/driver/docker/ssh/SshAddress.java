package org.promisegrid.driver.docker.ssh;

import java.net.URI;
import java.net.URISyntaxException;

/// An engine's socket on a host behind SSH: `ssh://[USER@]HOST[:PORT][/SOCKET]`, as Docker's own
/// clients write it.
///
/// @param user as whom the host is entered
/// @param host a name or an address; IPv6 without brackets
/// @param socket an absolute path there
public record SshAddress(String user, String host, int port, String socket) {

  private static final int USUAL_PORT = 22;
  private static final String USUAL_SOCKET = "/var/run/docker.sock";

  /// Reads one.
  ///
  /// @param self the user where none is named
  /// @throws IllegalArgumentException if it is none
  public static SshAddress of(String address, String self) {
    URI uri;
    try {
      uri = new URI(address);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(refusal(address, e.getReason()), e);
    }
    if (!"ssh".equals(uri.getScheme()) || uri.getHost() == null) {
      throw new IllegalArgumentException(refusal(address, "no host"));
    }
    if (uri.getQuery() != null || uri.getFragment() != null) {
      throw new IllegalArgumentException(refusal(address, "more than a path"));
    }
    String user = uri.getUserInfo() == null ? self : uri.getUserInfo();
    if (user.contains(":")) { // nor told again: it may be one that works
      throw new IllegalArgumentException(
          "an engine behind SSH is entered by a key: there is no password in its address");
    }
    if (user.isEmpty() || uri.getPort() == 0 || uri.getPort() > 65_535) {
      throw new IllegalArgumentException(
          refusal(address, user.isEmpty() ? "no user" : "no such port"));
    }
    String path = uri.getPath() == null || uri.getPath().equals("/") ? "" : uri.getPath();
    if (path.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(refusal(address, "no such path"));
    }
    return new SshAddress(
        user,
        uri.getHost().replaceAll("[\\[\\]]", ""),
        uri.getPort() < 0 ? USUAL_PORT : uri.getPort(),
        path.isEmpty() ? USUAL_SOCKET : path);
  }

  private static String refusal(String address, String why) {
    return address + " is no address of an engine behind SSH, ssh://user@host: " + why;
  }

  /// As files of host keys name it.
  String known() {
    return port == USUAL_PORT ? host : "[" + host + "]:" + port;
  }
}
