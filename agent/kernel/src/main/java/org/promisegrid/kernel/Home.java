package org.promisegrid.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.token.Chain;
import org.promisegrid.kernel.token.Grant;
import org.promisegrid.kernel.token.Issuer;
import org.promisegrid.kernel.token.KeyFile;
import org.promisegrid.kernel.token.PrivateFile;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

/// An owner's data folder, locked for one agent: keys, and a directory for each part.
///
/// `layout` names the format of the whole by the CID of its document; a home of another layout
/// isn't touched. It is written when the keys are: a home that has one has been complete, and gets
/// no other identity when its key is gone. Everything is for the agent's user only.
final class Home implements AutoCloseable {

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  private static final Set<PosixFilePermission> LOOSE =
      PosixFilePermissions.fromString("---rwxrwx");

  /// Folders of the kernel's own, which no driver may have.
  private static final Set<String> PARTS =
      Set.of(
          "keys", "content", "small", "journal", "index", "scratch", "secrets", "tokens",
          "drivers");

  /// What else of the agent's own has a name that a driver could have.
  private static final Set<String> OWN = Set.of("lock", "layout", "tls");

  /// What else can be in a home that never was complete.
  private static final Set<String> BEFORE =
      Set.of("lock", "layout.new", "agent.log", "agent.out", "agent.json", "agent.sock", "wasm");

  private static final Pattern DRIVER = Pattern.compile("[a-z][a-z0-9_-]{0,63}");

  private final Path directory;
  private final FileChannel lockFile;
  private final SigningKey key;

  private Home(Path directory, FileChannel lockFile, SigningKey key) {
    this.directory = directory;
    this.lockFile = lockFile;
    this.key = key;
  }

  /// Opens a home, making it and its keys at the first time.
  ///
  /// @throws HomeException if that can't be done; nothing of an existing home was changed
  static Home open(Path directory, InstantSource clock, SecureRandom random) {
    requireFolder(directory);
    try {
      checkMode(directory);
      makePrivate(directory);
      FileChannel lockFile = lock(directory.resolve("lock"));
      try {
        Path layout = directory.resolve("layout");
        boolean wasComplete = Files.exists(layout);
        if (wasComplete) {
          checkLayout(layout);
        }
        if (wasComplete || holdsJournal(directory)) {
          checkIdentity(directory);
        }
        for (String part : PARTS) {
          makePrivate(directory.resolve(part));
        }
        sweep(directory.resolve("scratch"));
        SigningKey key = keys(directory.resolve("keys"), clock, random);
        if (!wasComplete) {
          write(layout, Protocols.cid("home") + "\n");
        }
        return new Home(directory, lockFile, key);
      } catch (IOException | RuntimeException e) {
        lockFile.close();
        throw e;
      }
    } catch (IOException e) {
      throw new HomeException(
          HomeException.kind(e), "the home " + directory + " can't be opened: " + e, e);
    }
  }

  private static void requireFolder(Path directory) {
    for (Path at = directory.toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at) && !Files.isDirectory(at)) {
        throw new HomeException(
            HomeException.Kind.REFUSED,
            directory + " can't be a home: " + at + " is no folder; choose another one",
            null);
      }
    }
  }

  /// A folder that others may enter is closed to them, unless it may be something else than a home:
  /// then its owner is asked.
  private static void checkMode(Path directory) throws IOException {
    if (!Files.isDirectory(directory)
        || !isLoose(directory)
        || Files.exists(directory.resolve("layout"))) {
      return;
    }
    try (Stream<Path> files = Files.list(directory)) {
      Optional<Path> foreign =
          files
              .filter(file -> {
                String name = String.valueOf(file.getFileName());
                return !PARTS.contains(name) && !BEFORE.contains(name);
              })
              .findFirst();
      if (foreign.isPresent()) {
        throw new HomeException(
            HomeException.Kind.REFUSED,
            directory
                + " isn't an agent's home, others may enter it, and it holds "
                + foreign.get().getFileName()
                + ": choose another folder, or `chmod 700` it if it is to be one",
            null);
      }
    }
  }

  private static boolean isLoose(Path directory) throws IOException {
    return !Collections.disjoint(Files.getPosixFilePermissions(directory), LOOSE);
  }

  private static void makePrivate(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PRIVATE));
    }
    if (isLoose(directory)) {
      Files.setPosixFilePermissions(directory, PRIVATE);
    }
  }

  private static boolean holdsJournal(Path directory) throws IOException {
    Path journal = directory.resolve("journal");
    if (!Files.isDirectory(journal)) {
      return false;
    }
    try (Stream<Path> files = Files.list(journal)) {
      return files.findAny().isPresent();
    }
  }

  /// A node without its key is another node: its refs, tokens and receipts would be nobody's.
  private static void checkIdentity(Path directory) {
    Path node = directory.resolve("keys").resolve("node.pem");
    if (!Files.exists(node)) {
      throw new HomeException(
          HomeException.Kind.DAMAGED,
          "the node's key " + node + " is gone: put it back, or begin anew with another home",
          null);
    }
  }

  private static FileChannel lock(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      ByteBuffer pid = ByteBuffer.allocate(32);
      channel.read(pid, 0);
      channel.close();
      throw new HomeException(
          HomeException.Kind.IN_USE,
          "another agent has the home "
              + file.resolveSibling("")
              + " open: process "
              + new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII).strip(),
          null);
    }
    channel.truncate(0);
    channel.write(
        ByteBuffer.wrap(
            (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
    return channel;
  }

  private static void checkLayout(Path file) throws IOException {
    Cid known = Protocols.cid("home");
    String found = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
    if (!found.equals(known.toString())) {
      throw new HomeException(
          HomeException.Kind.UNKNOWN_FORMAT,
          "the home "
              + file.resolveSibling("")
              + " is of another layout, "
              + found
              + "; this agent knows "
              + known,
          null);
    }
  }

  /// What runs left behind when the agent was killed.
  private static void sweep(Path scratch) throws IOException {
    try (Stream<Path> left = Files.list(scratch)) {
      for (Path file : left.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
  }

  /// The node's key; made with the owner's, and the token that gives the owner everything.
  private static SigningKey keys(Path directory, InstantSource clock, SecureRandom random)
      throws IOException {
    Path node = directory.resolve("node.pem");
    Path owner = directory.resolve("owner.pem");
    Path root = directory.resolve("root.token");
    try {
      if (!Files.exists(node)) {
        KeyFile.write(node, SigningKey.generate(random));
      }
      // An owner who keeps the key elsewhere has the token still; another key would be nobody's.
      if (!Files.exists(owner) && !Files.exists(root)) {
        KeyFile.write(owner, SigningKey.generate(random));
      }
      SigningKey key = KeyFile.read(node);
      if (Files.exists(owner)) {
        SigningKey own = KeyFile.read(owner);
        if (!Files.exists(root)) {
          Chain chain =
              new Issuer(key, Protocols.cid("token"), clock, random).root(Grant.to(own.did()));
          write(root, chain.text() + "\n");
        }
      }
      checkToken(root);
      return key;
    } catch (MalformedException e) {
      throw new HomeException(HomeException.Kind.DAMAGED, String.valueOf(e.getMessage()), e);
    }
  }

  /// Nobody but the CLI uses it; but that the owner has no authority isn't to be found out then.
  private static void checkToken(Path file) throws IOException, MalformedException {
    try {
      var _ = Chain.parse(Files.readString(file, StandardCharsets.ISO_8859_1)).tokens();
    } catch (MalformedException e) {
      throw new MalformedException(
          file + " is no token; without it, it is made anew: " + e.getMessage(), e);
    }
  }

  private static void write(Path file, String text) throws IOException {
    PrivateFile.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  Path directory() {
    return directory;
  }

  /// Where runs spool; emptied at the next start.
  Path scratch() {
    return directory.resolve("scratch");
  }

  /// Whether something of the agent's own has that name, so that no driver's directory can.
  static boolean isOwn(String name) {
    return PARTS.contains(name) || OWN.contains(name);
  }

  /// A driver's own directory: costs time when it is deleted, never data.
  ///
  /// @throws HomeException if the driver has a name that no folder of its own can have
  Path driver(String name) throws IOException {
    if (isOwn(name) || !DRIVER.matcher(name).matches()) {
      throw new HomeException(
          HomeException.Kind.BROKEN, "no driver can be named `" + name + "`", null);
    }
    Path own = directory.resolve(name);
    makePrivate(own);
    return own;
  }

  SigningKey key() {
    return key;
  }

  /// Lets another agent have it.
  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException e) {
      throw new HomeException(HomeException.Kind.BROKEN, "unlocking " + directory, e);
    }
  }
}
