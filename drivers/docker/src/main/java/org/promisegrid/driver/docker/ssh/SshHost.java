package org.promisegrid.driver.docker.ssh;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchChangedHostKeyException;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.JSchRevokedHostKeyException;
import com.jcraft.jsch.JSchUnknownHostKeyException;
import com.jcraft.jsch.Session;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;

/// A host that is entered by a key of the agent's, once it has shown one that is known to be its
/// own.
final class SshHost {

  private static final int PATIENCE_MILLIS = 10_000;

  /// A host that says nothing for four of these is gone.
  private static final int QUIET_MILLIS = 15_000;

  private static final int MOST_QUIET = 3;

  /// As much as the far side may send before it is told that some was read: the thread that takes
  /// it in never waits for a reader, and so hears what else comes.
  private static final int WINDOW = 128 << 10;

  /// Entering at a time: a host turns some away where ten others haven't been let in yet.
  private static final int AT_ONCE = 4;

  private final SshAddress address;
  private final SshFiles files;
  private final Semaphore door = new Semaphore(AT_ONCE, true);

  SshHost(SshAddress address, SshFiles files) {
    this.address = address;
    this.files = files;
  }

  /// A connection to it; the caller disconnects.
  ///
  /// @throws IOException if there is none to be had, and why
  Session enter() throws IOException {
    JSch client = new JSch();
    List<Path> identities = files.identities();
    identify(client, identities);
    try (var known = files.openHostKeys()) {
      client.setKnownHosts(known);
    } catch (JSchException | RuntimeException e) {
      throw new IOException(files.hostKeys() + " can't be read: " + e.getMessage(), e);
    }
    ShownKey keys = new ShownKey(client.getHostKeyRepository());
    Session session = null;
    boolean entered = false;
    try {
      session = client.getSession(address.user(), address.host(), address.port());
      session.setHostKeyRepository(keys);
      session.setConfig("StrictHostKeyChecking", "yes");
      session.setConfig("PreferredAuthentications", "publickey");
      session.setConfig("max_input_buffer_size", String.valueOf(WINDOW));
      session.setServerAliveInterval(QUIET_MILLIS);
      session.setServerAliveCountMax(MOST_QUIET);
      session.setDaemonThread(true);
      session.setThreadFactory(Thread.ofVirtual().name("ssh " + address.host()).factory());
      connect(session);
      entered = true;
      return session;
    } catch (JSchException e) {
      throw new IOException(reason(e, keys, identities), e);
    } catch (RuntimeException e) { // of the library's, where a host talks nonsense
      throw new IOException(address.known() + " says what makes no sense: " + e, e);
    } finally {
      if (session != null && !entered) {
        session.disconnect();
      }
    }
  }

  private void connect(Session session) throws JSchException {
    door.acquireUninterruptibly();
    try {
      session.connect(PATIENCE_MILLIS);
    } finally {
      door.release();
    }
  }

  private static void identify(JSch client, List<Path> identities) throws IOException {
    for (Path identity : identities) {
      try {
        client.addIdentity(identity.toString());
      } catch (JSchException | RuntimeException e) {
        throw new IOException("the key " + identity + " can't be used: " + e.getMessage(), e);
      }
    }
    for (var identity : client.getIdentityRepository().getIdentities()) {
      if (identity.isEncrypted()) {
        throw new IOException(
            "the key "
                + identity.getName()
                + " wants a passphrase, which nobody is there to type: have one without");
      }
    }
  }

  private String reason(JSchException e, ShownKey keys, List<Path> identities) {
    String host = address.known();
    String shown = keys.fingerprint().orElse("none");
    return switch (e) {
      case JSchUnknownHostKeyException _ ->
          "%s isn't known: it shows the key %s, and %s has none of it; if that is its key, put what `ssh-keyscan -p %d %s` writes there"
              .formatted(host, shown, files.hostKeys(), address.port(), address.host());
      case JSchChangedHostKeyException _ ->
          "%s shows the key %s, and %s has another of it: either it was changed, or that is another host"
              .formatted(host, shown, files.hostKeys());
      case JSchRevokedHostKeyException _ ->
          "%s shows the key %s, which is revoked in %s".formatted(host, shown, files.hostKeys());
      default -> isLocked(e) ? locked(host, identities) : host + ": " + e.getMessage();
    };
  }

  private static boolean isLocked(JSchException e) {
    return String.valueOf(e.getMessage()).startsWith("Auth fail");
  }

  private String locked(String host, List<Path> identities) {
    return "%s doesn't let %s in by the key %s"
        .formatted(
            host,
            address.user(),
            String.join(", nor by ", identities.stream().map(Path::toString).toList()));
  }
}
