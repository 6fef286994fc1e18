package org.promisegrid.kernel.secret;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.content.StorageException;
import org.promisegrid.kernel.ledger.SecretBook;
import org.promisegrid.kernel.ledger.SecretBook.Known;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.token.PrivateFile;
import org.promisegrid.sandbox.Secrets;

/// The secrets of a home: each a sealed file, named by name and version, of which the ledger knows
/// the current ones. So what is put back from an earlier time isn't taken for what is there now.
///
/// What was put is sealed, on disk and in the ledger before it is acknowledged; files that the
/// ledger doesn't know are remains of what never was. Safe for many threads.
public final class SecretStore implements Secrets {

  private static final System.Logger LOG = System.getLogger(SecretStore.class.getName());

  /// A sealed secret with all that stands around it.
  private static final int LONGEST_FILE = SecretName.MOST_BYTES + 4096;

  private final Path directory;
  private final Path keyFile;
  private final Path nextKeyFile;
  private final SecretBook book;
  private final SecureRandom random;

  // Guarded by this.
  private @Nullable SealingKey key;

  /// What all are being sealed with in place of `key`, from before the first one is until the last
  /// one was, and it has the name of `key`: a full disk may lie in between.
  private @Nullable SealingKey next;

  private SecretStore(Path home, SecretBook book, SecureRandom random) {
    this.directory = home.resolve("secrets");
    this.keyFile = home.resolve("keys").resolve("secrets.key");
    this.nextKeyFile = home.resolve("keys").resolve("secrets.key.next");
    this.book = book;
    this.random = random;
  }

  /// Opens the secrets of a home: ends what was begun when the agent was killed, as far as the disk
  /// lets it, and says in the log which are damaged.
  ///
  /// @throws StorageException if the disk fails
  public static SecretStore open(Path home, SecretBook book, SecureRandom random) {
    SecretStore store = new SecretStore(home, book, random);
    try {
      synchronized (store) {
        store.key = store.readKey(store.keyFile);
        store.next = store.readKey(store.nextKeyFile);
        store.sweep();
        store.goOn();
      }
    } catch (IOException e) {
      throw StorageException.of("opening the secrets", store.directory, e);
    }
    for (Known each : book.list()) {
      store
          .damage(each.name())
          .ifPresent(why -> LOG.log(System.Logger.Level.ERROR, why + "; put it again"));
    }
    return store;
  }

  /// A key's file: null if there is none, or it holds none, which shows where a secret is asked
  /// for.
  private @Nullable SealingKey readKey(Path file) throws IOException {
    try {
      PrivateFile.requirePrivate(file);
      return SealingKey.parse(Files.readString(file, StandardCharsets.ISO_8859_1)).orElse(null);
    } catch (NoSuchFileException _) {
      return null;
    }
  }

  /// Removes what isn't a current version: remains of puts and removals that a crash cut short.
  private void sweep() throws IOException {
    Map<String, Known> current = new TreeMap<>();
    book.list().forEach(each -> current.put(file(each.name(), each.version()), each));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (!current.containsKey(String.valueOf(file.getFileName()))) {
          delete(file);
        }
      }
    }
    PrivateFile.sweep(keyFile);
    PrivateFile.sweep(nextKeyFile);
  }

  /// Deletes what isn't current any more. The journal has the change by then, so what can't be
  /// deleted undoes nothing; it stays sealed, and the next start tries again.
  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          file + " is of no secret any more, and can't be deleted; the next start tries again",
          e);
    }
  }

  private static String file(String name, long version) {
    return name + "." + version;
  }

  /// Keeps a secret under a name, in place of what was there.
  ///
  /// @param by whose call it is
  /// @return its version
  /// @throws DamagedKeyException if the key is damaged
  public synchronized long put(SecretName name, byte[] secret, String by) {
    if (secret.length > SecretName.MOST_BYTES) {
      throw new IllegalArgumentException(
          "a secret has at most " + SecretName.MOST_BYTES + " bytes");
    }
    long version = book.lastVersion(name.text()) + 1;
    Optional<Known> before = book.find(name.text());
    try {
      write(name.text(), version, usableKey(), secret);
      book.put(name.text(), version, by);
    } catch (IOException e) {
      throw StorageException.of("keeping the secret " + name, directory, e);
    }
    before.ifPresent(known -> delete(directory.resolve(file(name.text(), known.version()))));
    goOn();
    return version;
  }

  /// The key, made with the first secret.
  private SealingKey usableKey() throws IOException {
    SealingKey known = next == null ? key : next;
    if (known == null) {
      requireKey();
      known = SealingKey.generate(random);
      PrivateFile.write(keyFile, known.line().getBytes(StandardCharsets.US_ASCII));
      key = known;
    }
    return known;
  }

  /// Asks that what would be written in place of the key is written over none that can't be read.
  private void requireKey() {
    if (key == null && Files.exists(keyFile, LinkOption.NOFOLLOW_LINKS)) {
      throw new DamagedKeyException(keyFile);
    }
  }

  private void write(String name, long version, SealingKey with, byte[] secret) throws IOException {
    byte[] nonce = new byte[SealingKey.NONCE_SIZE];
    random.nextBytes(nonce);
    PrivateFile.write(
        directory.resolve(file(name, version)),
        SealedSecret.seal(name, version, with, nonce, secret).encode());
  }

  /// Forgets a secret; whether there was one.
  public synchronized boolean remove(SecretName name, String by) {
    Optional<Known> known = book.find(name.text());
    if (known.isEmpty()) {
      return false;
    }
    book.removed(name.text(), known.get().version(), by);
    delete(directory.resolve(file(name.text(), known.get().version())));
    goOn();
    return true;
  }

  /// Whether there is a secret of that name, damaged or not.
  public boolean has(SecretName name) {
    return book.find(name.text()).isPresent();
  }

  /// @throws FileNotFoundException if there is none of that name
  /// @throws DamagedSecretException if it isn't as it was put
  @Override
  public synchronized byte[] read(String name) throws IOException {
    Known known = book.find(name).orElseThrow(() -> new FileNotFoundException("no secret " + name));
    if (keys().isEmpty()) {
      throw new DamagedSecretException(name, "the key " + keyFile + " is gone, or is none", null);
    }
    return open(known);
  }

  private List<SealingKey> keys() {
    return Stream.of(next, key).filter(Objects::nonNull).map(Objects::requireNonNull).toList();
  }

  private byte[] open(Known known) throws IOException {
    String name = known.name();
    Path file = directory.resolve(file(name, known.version()));
    byte[] bytes;
    try (var in = Files.newInputStream(file)) {
      bytes = in.readNBytes(LONGEST_FILE);
    } catch (NoSuchFileException e) {
      throw new DamagedSecretException(name, file + " is gone", e);
    }
    SealedSecret sealed;
    try {
      sealed = SealedSecret.decode(bytes);
    } catch (MalformedException e) {
      throw new DamagedSecretException(name, file + ": " + e.getMessage(), e);
    }
    if (!sealed.name().equals(name) || sealed.version() != known.version()) {
      throw new DamagedSecretException(
          name,
          file
              + " holds version "
              + sealed.version()
              + " of "
              + sealed.name()
              + ", where version "
              + known.version()
              + " was put",
          null);
    }
    for (SealingKey each : keys()) {
      if (sealed.isBy(each)) {
        return sealed
            .open(each)
            .orElseThrow(() -> new DamagedSecretException(name, file + " was changed", null));
      }
    }
    throw new DamagedSecretException(name, file + " is sealed with another key", null);
  }

  /// What is wrong with a secret; empty if nothing is.
  public Optional<String> damage(String name) {
    try {
      Arrays.fill(read(name), (byte) 0);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /// What there is, by name.
  public List<Known> list() {
    return book.list();
  }

  /// What is done while no secret changes.
  @FunctionalInterface
  public interface AtRest {
    /// Does it.
    ///
    /// @param files of the secrets that there are
    void run(List<Path> files) throws IOException;
  }

  /// Does something while no secret changes: what lies on the disk is what the journal knows.
  public synchronized void atRest(AtRest action) throws IOException {
    action.run(
        book.list().stream()
            .map(each -> directory.resolve(file(each.name(), each.version())))
            .filter(Files::isRegularFile)
            .toList());
  }

  /// Seals every secret anew with a new key, and forgets the one before. Where the disk fails on
  /// the way, both keys go on, and the next change or start goes on with it.
  ///
  /// @return how many there are
  /// @throws DamagedSecretException if one is damaged: with its key it would be lost for good
  public synchronized int rekey(String by) throws DamagedSecretException {
    try {
      for (Known each : book.list()) {
        Arrays.fill(read(each.name()), (byte) 0);
      }
      requireKey();
      SealingKey with = next;
      if (with == null) {
        with = SealingKey.generate(random);
        PrivateFile.write(nextKeyFile, with.line().getBytes(StandardCharsets.US_ASCII));
        next = with;
      }
      sealAnew(with);
      book.rekeyed(by);
      return book.list().size();
    } catch (DamagedSecretException e) {
      throw e;
    } catch (IOException e) {
      throw StorageException.of("sealing the secrets anew", directory, e);
    }
  }

  /// Goes on with a change of keys that the disk or a kill cut short. What fails again is no
  /// matter: both keys are there.
  private void goOn() {
    SealingKey with = next;
    if (with == null) {
      return;
    }
    try {
      requireKey();
      sealAnew(with);
    } catch (IOException | DamagedKeyException e) {
      LOG.log(
          System.Logger.Level.ERROR,
          "sealing the secrets anew isn't done; it is tried again with the next change, or start",
          e);
    }
  }

  /// Ends a change of keys, wherever it stands. Each file says which key it is sealed with.
  private void sealAnew(SealingKey with) throws IOException {
    for (Known each : book.list()) {
      try {
        byte[] secret = open(each);
        write(each.name(), each.version(), with, secret);
        Arrays.fill(secret, (byte) 0);
      } catch (DamagedSecretException e) {
        LOG.log(System.Logger.Level.ERROR, "it can't be sealed anew", e);
      }
    }
    PrivateFile.rename(nextKeyFile, keyFile);
    key = with;
    next = null;
  }
}
