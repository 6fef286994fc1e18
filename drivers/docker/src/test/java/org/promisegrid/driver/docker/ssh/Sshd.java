package org.promisegrid.driver.docker.ssh;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Assumptions;

/// OpenSSH's own server on a free port of loopback, with keys of its own, for the user that runs
/// the tests: a process of it for each connection, so that one can be cut.
final class Sshd implements AutoCloseable {

  private static final Path PROGRAM = Path.of("/usr/sbin/sshd");

  private final Path folder;
  private final ServerSocket door;
  private final Set<Process> processes = ConcurrentHashMap.newKeySet();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /// Skips the test where there is no such server.
  ///
  /// @param folder where its files may be
  /// @param kind of its key, such as `ed25519`
  /// @param options lines of its configuration that come before its own
  static Sshd start(Path folder, String kind, String... options) throws IOException {
    Assumptions.assumeTrue(Files.isExecutable(PROGRAM), "there is no " + PROGRAM + " here");
    Assumptions.assumeTrue(Files.isDirectory(Path.of("/run")), "there is no /run here");
    return new Sshd(folder, kind, options);
  }

  private Sshd(Path folder, String kind, String... options) throws IOException {
    this.folder = folder;
    if (System.getProperty("user.name").equals("root")) {
      Files.createDirectories(
          Path.of("/run/sshd")); // where it locks itself in; as its package has it
    }
    key("host", kind, "");
    key("user", "ed25519", "");
    allow("user");
    Files.writeString(
        folder.resolve("sshd_config"),
        String.join("\n", options)
            + """

            HostKey %1$s/host
            AuthorizedKeysFile %1$s/authorized
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PidFile none
            """
                .formatted(folder));
    this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    knows("[127.0.0.1]:" + port());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return door.getLocalPort();
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /// What the agent knows of it: its own user's key, and this one's.
  SshFiles files() {
    return new SshFiles(java.util.Optional.of(file("user")), file("known"), folder);
  }

  SshAddress address(Path socket) {
    return new SshAddress(System.getProperty("user.name"), "127.0.0.1", port(), socket.toString());
  }

  /// Makes a pair of keys.
  void key(String name, String kind, String passphrase) throws IOException {
    run("ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", name, "-f", file(name).toString());
  }

  /// Lets in by one more of them.
  void allow(String name) throws IOException {
    Files.writeString(
        file("authorized"),
        Files.readString(file(name + ".pub")),
        UTF_8,
        java.nio.file.StandardOpenOption.CREATE,
        java.nio.file.StandardOpenOption.APPEND);
  }

  /// Has its key known by that name alone.
  void knows(String name) throws IOException {
    Files.writeString(file("known"), name + " " + publicKey() + "\n");
  }

  /// Kind and key.
  String publicKey() throws IOException {
    String[] words = Files.readString(file("host.pub")).split(" ", -1);
    return words[0] + " " + words[1];
  }

  /// As `ssh-keygen` tells it.
  String fingerprint() throws IOException {
    return run("ssh-keygen", "-l", "-f", file("host.pub").toString()).split(" ", -1)[1];
  }

  /// Has the names of known hosts hashed.
  void hash() throws IOException {
    run("ssh-keygen", "-q", "-H", "-f", file("known").toString());
  }

  /// Ends every connection as a network does that goes away.
  void cut() {
    sockets.forEach(Sshd::hangUp);
    processes.forEach(Process::destroyForcibly);
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket near = door.accept();
        sockets.add(near);
        Process process =
            new ProcessBuilder(PROGRAM.toString(), "-i", "-e", "-f", file("sshd_config").toString())
                .redirectError(file("log").toFile())
                .start();
        processes.add(process);
        copy(near.getInputStream(), process.getOutputStream(), near);
        copy(process.getInputStream(), near.getOutputStream(), near);
      } catch (IOException e) {
        if (!door.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private static void copy(InputStream from, OutputStream to, Socket near) {
    Thread.ofVirtual()
        .start(() -> {
          try (from;
              to) {
            byte[] buffer = new byte[64 << 10];
            for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
              to.write(buffer, 0, read);
              to.flush();
            }
          } catch (IOException _) {
            hangUp(near); // one end left, and so does the other
          }
        });
  }

  private static void hangUp(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + said);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return said;
  }

  @Override
  public void close() throws IOException {
    door.close();
    cut();
  }
}
