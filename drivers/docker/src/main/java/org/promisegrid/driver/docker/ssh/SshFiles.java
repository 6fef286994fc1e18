package org.promisegrid.driver.docker.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// By which host and agent know each other.
///
/// @param identity the agent's private key; where none is named, those of its user
/// @param hostKeys which keys hosts have, as OpenSSH's `known_hosts` says it
/// @param home of the agent's user
public record SshFiles(Optional<Path> identity, Path hostKeys, Path home) {

  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  /// What is named, or else what OpenSSH's own client takes first.
  public static SshFiles of(Optional<Path> identity, Optional<Path> hostKeys, Path home) {
    return new SshFiles(identity, hostKeys.orElse(home.resolve(".ssh/known_hosts")), home);
  }

  /// The private keys that there are.
  ///
  /// @throws IOException if there is none, or one that others may read
  List<Path> identities() throws IOException {
    List<Path> usual =
        Stream.of("id_ed25519", "id_ecdsa", "id_rsa")
            .map(home.resolve(".ssh")::resolve)
            .filter(Files::exists)
            .toList();
    if (identity.isEmpty() && usual.isEmpty()) {
      throw new IOException(
          "there is no key to enter by: neither the option identity nor "
              + home.resolve(".ssh/id_ed25519"));
    }
    List<Path> all = identity.map(List::of).orElse(usual);
    for (Path each : all) {
      if (!Files.isReadable(each)) {
        throw new IOException("there is no key " + each + " that can be read");
      }
      if (Files.getPosixFilePermissions(each).stream().anyMatch(OTHERS::contains)) {
        throw new IOException("the key " + each + " is open to others: chmod 600 " + each);
      }
    }
    return all;
  }

  /// Says which keys hosts have; the caller closes.
  ///
  /// @throws IOException if it can't be read
  InputStream openHostKeys() throws IOException {
    if (!Files.isReadable(hostKeys)) {
      throw new IOException(
          "there is no " + hostKeys + " that can be read, which says what keys hosts have");
    }
    return Files.newInputStream(hostKeys);
  }
}
