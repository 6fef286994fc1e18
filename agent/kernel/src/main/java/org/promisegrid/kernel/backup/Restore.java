package org.promisegrid.kernel.backup;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.promisegrid.kernel.content.Folder;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.KeyFile;
import org.promisegrid.kernel.token.PrivateFile;
import org.promisegrid.sandbox.Cid;

/// Makes a home of a backup, verifying every byte before it has a name. No agent has that home
/// meanwhile: it isn't there.
public final class Restore {

  private static final int MOST_HEAD = 16 << 20;

  private final Path target;
  private final Path unfinished;
  private final Optional<String> passphrase;
  private final Optional<Did> wanted;
  private final Manifest manifest = new Manifest();
  private final Map<String, String> said = new HashMap<>();
  private long files;
  private long bytes;
  private boolean keys;

  private Restore(Path target, Optional<String> passphrase, Optional<Did> wanted) {
    this.target = target;
    this.unfinished = target.resolveSibling(target.getFileName() + ".restoring");
    this.passphrase = passphrase;
    this.wanted = wanted;
  }

  /// What was restored.
  ///
  /// @param node the did:key of the node
  /// @param made when the backup was, as it says
  /// @param keys whether the keys came along
  public record Restored(String node, String made, long files, long bytes, boolean keys) {}

  /// Makes a home in `target`, which is empty or isn't there.
  ///
  /// @param passphrase what the keys that must be in it are sealed under; without one, there are
  ///   none
  /// @param node whose it must be; anybody's if that isn't said
  /// @throws RestoreException if it is no sound backup of that, or there is something already;
  ///   nothing is changed then
  public static Restored restore(
      InputStream in, Path target, Optional<String> passphrase, Optional<Did> node)
      throws IOException {
    return new Restore(target.toAbsolutePath().normalize(), passphrase, node).run(in);
  }

  private Restored run(InputStream in) throws IOException {
    requireNothing();
    Files.createDirectories(unfinished.resolveSibling("x").getParent());
    try {
      makeFolder(unfinished);
    } catch (FileAlreadyExistsException e) {
      throw new RestoreException(
          unfinished + " is there: another restore is under way, or was killed; remove it", e);
    }
    try {
      read(new BufferedInputStream(in, 1 << 16));
      if (Files.isDirectory(target)) {
        // It takes the place of a folder that may have been made for a service's user.
        PrivateFile.handOver(unfinished, target);
      }
      force(unfinished);
      Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
      Folder.forceName(target);
    } catch (EOFException e) {
      remove();
      throw new RestoreException("the backup is cut off: " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      remove();
      throw e;
    }
    return new Restored(
        said.getOrDefault("node", ""), said.getOrDefault("made", ""), files, bytes, keys);
  }

  private void requireNothing() throws IOException {
    if (Files.isDirectory(target)) {
      try (Stream<Path> there = Files.list(target)) {
        if (there.findAny().isEmpty()) {
          return;
        }
      }
    } else if (!Files.exists(target)) {
      return;
    }
    throw new RestoreException(target + " isn't empty: nothing is restored over it");
  }

  private void read(InputStream in) throws IOException {
    Optional<Tar.Entry> next = Tar.read(in);
    if (next.isEmpty() || !next.get().name().equals("grid-backup")) {
      throw new RestoreException("no backup of a grid home");
    }
    head(take(in, next.get(), MOST_HEAD));
    while (true) {
      next = Tar.read(in);
      if (next.isEmpty()) {
        throw new RestoreException("the backup ends without its manifest");
      }
      Tar.Entry entry = next.get();
      if (entry.name().equals("manifest")) {
        verify(in, entry);
        return;
      }
      if (entry.name().equals("keys.sealed")) {
        keys(take(in, entry, SealedKeys.MOST));
      } else if (Names.isOpen(entry.name())) {
        file(in, entry);
      } else {
        throw new RestoreException("no backup: it holds something named " + entry.name());
      }
    }
  }

  private void head(byte[] head) {
    List<String> lines = new String(head, US_ASCII).lines().toList();
    if (lines.isEmpty() || !lines.getFirst().equals(Protocols.cid("backup").toString())) {
      throw new RestoreException(
          "a backup of another format, "
              + (lines.isEmpty() ? "" : lines.getFirst())
              + "; this program knows "
              + Protocols.cid("backup"));
    }
    for (String line : lines.subList(1, lines.size())) {
      int gap = line.indexOf(' ');
      if (gap > 0) {
        said.putIfAbsent(line.substring(0, gap), line.substring(gap + 1));
      }
    }
    String node = said.getOrDefault("node", "");
    if (wanted.isPresent() && !wanted.get().toString().equals(node)) {
      throw new RestoreException("it is a backup of " + node + ", not of " + wanted.get());
    }
  }

  /// A file that isn't large, whole.
  private byte[] take(InputStream in, Tar.Entry entry, int most) throws IOException {
    if (entry.size() > most) {
      throw new RestoreException("no backup: " + entry.name() + " is too large");
    }
    Hashing hashing = new Hashing(entry, in);
    byte[] all = hashing.readAllBytes();
    listed(in, entry, hashing.digest());
    return all;
  }

  private void listed(InputStream in, Tar.Entry entry, byte[] sha256) throws IOException {
    manifest.add(entry, sha256);
    pad(in, entry);
    files++;
    bytes += entry.size();
  }

  private static void pad(InputStream in, Tar.Entry entry) throws IOException {
    byte[] padding = in.readNBytes(Tar.padding(entry.size()));
    if (padding.length < Tar.padding(entry.size())) {
      throw new EOFException(entry.name() + " ends early");
    }
    if (!Tar.isEmpty(padding)) {
      throw new RestoreException("the backup was changed: behind " + entry.name());
    }
  }

  private void file(InputStream in, Tar.Entry entry) throws IOException {
    Path file = unfinished.resolve(entry.name().substring("home/".length()));
    makeFolders(file.getParent());
    Hashing hashing = new Hashing(entry, in);
    try (OutputStream out = create(file)) {
      hashing.transferTo(out);
    } catch (FileAlreadyExistsException e) {
      throw new RestoreException("no backup: it holds " + entry.name() + " twice", e);
    }
    byte[] sha256 = hashing.digest();
    if (entry.name().startsWith("home/content/")) {
      Cid found = Cid.ofDigest(sha256);
      String folder = HexFormat.of().toHexDigits(sha256[0]);
      if (!entry.name().equals("home/content/" + folder + "/" + found)) {
        throw new RestoreException("the backup was changed: " + entry.name() + " is " + found);
      }
    }
    listed(in, entry, sha256);
  }

  private void keys(byte[] sealed) throws IOException {
    if (passphrase.isEmpty()) {
      throw new RestoreException("the backup's keys are sealed: give the passphrase");
    }
    for (Map.Entry<String, byte[]> file : SealedKeys.open(sealed, passphrase.get()).entrySet()) {
      if (!Names.isSealed(file.getKey())) {
        throw new RestoreException("no backup: a key or token named " + file.getKey());
      }
      Path path = unfinished.resolve(file.getKey());
      makeFolders(path.getParent());
      try (OutputStream out = create(path)) {
        out.write(file.getValue());
      }
    }
    keys = true;
  }

  /// All that was read is what the node signed.
  private void verify(InputStream in, Tar.Entry entry) throws IOException {
    if (entry.size() > 4096) {
      throw new RestoreException("no backup: its manifest is too large");
    }
    byte[] found = in.readNBytes((int) entry.size());
    if (found.length < entry.size()) {
      throw new EOFException("within its manifest");
    }
    pad(in, entry);
    try {
      Did node = Did.parse(said.getOrDefault("node", ""));
      manifest.verify(found, node);
      Path pem = unfinished.resolve("keys").resolve("node.pem");
      if (Files.exists(pem) && !KeyFile.read(pem).did().equals(node)) {
        throw new RestoreException("the key in the backup isn't that of " + node);
      }
    } catch (MalformedException e) {
      throw new RestoreException("the backup names no node: " + e.getMessage(), e);
    }
    if (passphrase.isPresent() && !Files.exists(unfinished.resolve("keys/node.pem"))) {
      throw new RestoreException("the backup holds no keys, though a passphrase is given");
    }
    for (String needed : List.of("layout", "journal", "small/CURRENT")) {
      if (!Files.exists(unfinished.resolve(needed))) {
        throw new RestoreException("no backup of a home: it has no " + needed);
      }
    }
    byte[] end = in.readNBytes(Tar.END + 1);
    if (end.length != Tar.END || !Tar.isEmpty(end)) {
      throw new RestoreException("the backup was changed: behind its end");
    }
  }

  private void makeFolders(@Nullable Path folder) throws IOException {
    if (folder != null && !Files.isDirectory(folder)) {
      makeFolders(folder.getParent());
      makeFolder(folder);
    }
  }

  private static void makeFolder(Path folder) throws IOException {
    Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  private static OutputStream create(Path file) throws IOException {
    return Channels.newOutputStream(
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
  }

  /// All of it to the disk, folders after what is in them.
  private static void force(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Folder.force(each);
      }
    }
  }

  private void remove() throws IOException {
    try (Stream<Path> all = Files.walk(unfinished)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
