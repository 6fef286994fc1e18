package org.promisegrid.kernel.backup;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.promisegrid.kernel.content.ContentStore;
import org.promisegrid.kernel.content.Holds;
import org.promisegrid.kernel.ledger.Ledger;
import org.promisegrid.kernel.message.Protocols;
import org.promisegrid.kernel.secret.SecretStore;
import org.promisegrid.kernel.token.SigningKey;
import org.promisegrid.sandbox.Cid;

/// Makes archives of a home while its agent runs: the journal up to an instant, and all content
/// that was there then. Nothing is collected until an archive is written or given up.
public final class Backup {

  private static final String COPY = "backup-";

  /// Of what a person writes.
  private static final int MOST_PROPERTIES = 1 << 20;

  private final Path home;
  private final ContentStore content;
  private final Ledger ledger;
  private final SecretStore secrets;
  private final SigningKey key;
  private final InstantSource clock;
  private final SecureRandom random;

  public Backup(
      Path home,
      ContentStore content,
      Ledger ledger,
      SecretStore secrets,
      SigningKey key,
      InstantSource clock,
      SecureRandom random) {
    this.home = home;
    this.content = content;
    this.ledger = ledger;
    this.secrets = secrets;
    this.key = key;
    this.clock = clock;
    this.random = random;
  }

  /// An archive about to be written. Whoever has it closes the stream.
  ///
  /// @param size of the stream, in bytes
  /// @param damaged content that is left out, because it is
  public record Archive(
      InputStream stream, long size, long journal, long files, List<Cid> damaged) {
    public Archive {
      damaged = List.copyOf(damaged);
    }
  }

  /// Removes what an agent that was killed left of its copies.
  public static void sweep(Path scratch) throws IOException {
    try (Stream<Path> left = Files.list(scratch)) {
      for (Path copy :
          left.filter(it -> String.valueOf(it.getFileName()).startsWith(COPY)).toList()) {
        remove(copy);
      }
    }
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /// Begins an archive; empty if a collection or another archive is under way.
  ///
  /// @param passphrase under which keys and tokens go along; without one, they are left out
  /// @throws BackupException if the home holds what no restore would take, or what is damaged and
  ///   can't be left out
  public Optional<Archive> begin(Optional<String> passphrase) throws IOException {
    // What is named by an entry of the journal is there until it has been read.
    if (!content.holds().begin(new Holds.Busy("a backup", clock.instant()), _ -> {})) {
      return Optional.empty();
    }
    Path copy = home.resolve("scratch").resolve(COPY + UUID.randomUUID());
    Writing writing = new Writing(copy);
    try {
      Files.createDirectory(copy);
      writing.plan(passphrase);
      return Optional.of(
          new Archive(writing, writing.size, writing.journal, writing.files, writing.damaged));
    } catch (IOException | RuntimeException e) {
      try {
        writing.close();
      } catch (IOException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  /// A file that goes into the archive.
  @FunctionalInterface
  private interface Opening {
    InputStream open() throws IOException;
  }

  private record Part(Tar.Entry entry, Opening opening) {}

  /// The archive as a stream, made while it is read. Of one thread.
  private final class Writing extends InputStream {
    private final Path copy;
    private final Deque<Part> parts = new ArrayDeque<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Cid> damaged = new ArrayList<>();
    private final Manifest manifest = new Manifest();
    private long size;
    private long files;
    private long journal;

    /// Names and sizes of large content, a line each; null before they are needed.
    private Optional<BufferedReader> large = Optional.empty();

    private InputStream now = InputStream.nullInputStream();
    private Optional<Hashing> hashing = Optional.empty();
    private boolean manifested;
    private boolean closed;

    Writing(Path copy) {
      this.copy = copy;
    }

    private void add(Tar.Entry entry, Opening opening) {
      parts.add(new Part(entry, opening));
      counted(entry);
    }

    private void counted(Tar.Entry entry) {
      size += Tar.extent(entry.size());
      files++;
    }

    private void add(String name, byte[] bytes) {
      add(new Tar.Entry(name, bytes.length), () -> new ByteArrayInputStream(bytes));
    }

    private void add(String name, Path file) throws IOException {
      add(new Tar.Entry(name, Files.size(file)), () -> Files.newInputStream(file));
    }

    /// Everything that is small enough to be listed, or must not change any more, is opened here.
    private void plan(Optional<String> passphrase) throws IOException {
      SortedMap<String, ByteBuffer> sealed = new TreeMap<>();
      // No secret is put, removed or sealed anew meanwhile: the journal up to its end, the secrets
      // and their key are of one moment. None of them is opened again later.
      secrets.atRest(all -> {
        ledger.flush();
        journal = ledger.end();
        planJournal();
        keep(all);
        if (passphrase.isPresent()) {
          sealed.putAll(SealedKeys.collect(home));
        }
      });
      Soundness.require(content, ledger);
      content.copySmall(copy.resolve("small"));
      planLarge();
      add(
          "grid-backup",
          "%s\nnode %s\nmade %s\nkeys %s\n%s"
              .formatted(
                  Protocols.cid("backup"),
                  key.did(),
                  clock.instant(),
                  passphrase.isPresent() ? "sealed" : "left out",
                  String.join("", damaged.stream().map(cid -> "damaged " + cid + "\n").toList()))
              .getBytes(US_ASCII));
      parts.addFirst(parts.removeLast());
      add("home/layout", Files.readAllBytes(home.resolve("layout")));
      Path properties = home.resolve("agent.properties");
      if (Files.exists(properties)) {
        if (Files.size(properties) > MOST_PROPERTIES) {
          throw new BackupException(properties + " is larger than a backup takes");
        }
        add("home/agent.properties", Files.readAllBytes(properties));
      }
      addAll(copy.resolve("secrets"), "home/secrets/");
      if (passphrase.isPresent()) {
        add("keys.sealed", SealedKeys.seal(sealed, passphrase.get(), random));
      }
      addAll(copy.resolve("small"), "home/small/");
      size += Tar.extent(Manifest.size(files)) + Tar.END;
    }

    /// Copies of sealed secrets, which may be replaced before they are read.
    private void keep(List<Path> all) throws IOException {
      Path kept = Files.createDirectory(copy.resolve("secrets"));
      for (Path file : all) {
        Files.copy(file, kept.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }

    private void addAll(Path folder, String prefix) throws IOException {
      try (Stream<Path> all = Files.list(folder)) {
        for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
          add(prefix + file.getFileName(), file);
        }
      }
    }

    /// Up to the instant. Its files are opened now: they may be archived meanwhile.
    private void planJournal() throws IOException {
      for (long begin : ledger.segments()) {
        if (begin >= journal && begin > 0) {
          continue; // it began after that instant
        }
        String plain = "%020d".formatted(begin);
        try {
          FileChannel channel = journalFile(plain);
          long length = Math.min(channel.size(), journal - begin);
          planSegment(plain, channel, length);
        } catch (NoSuchFileException _) {
          // The archive has its name before the other goes.
          FileChannel channel = journalFile(plain + ".gz");
          planSegment(plain + ".gz", channel, channel.size());
        }
      }
    }

    private FileChannel journalFile(String name) throws IOException {
      FileChannel channel =
          FileChannel.open(home.resolve("journal").resolve(name), StandardOpenOption.READ);
      open.add(channel);
      return channel;
    }

    private void planSegment(String name, FileChannel channel, long length) {
      add(
          new Tar.Entry("home/journal/" + name, length),
          () -> Channels.newInputStream(channel.position(0)));
    }

    private void planLarge() throws IOException {
      Path list = copy.resolve("large");
      try (BufferedWriter out = Files.newBufferedWriter(list, US_ASCII)) {
        var _ =
            content.visitLarge((cid, bytes) -> {
              if (content.damaged().contains(cid)) {
                return damaged.add(cid);
              }
              try {
                out.write(bytes + " " + cid + "\n");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
              counted(large(cid, bytes));
              return true;
            });
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      large = Optional.of(Files.newBufferedReader(list, US_ASCII));
      open.add(large.get());
    }

    private Tar.Entry large(Cid cid, long bytes) {
      String folder = HexFormat.of().toHexDigits(cid.digest()[0]);
      return new Tar.Entry("home/content/" + folder + "/" + cid, bytes);
    }

    /// Goes on to the next file; whether there was one.
    private boolean next() throws IOException {
      now.close();
      if (hashing.isPresent()) {
        manifest.add(hashing.get().entry(), hashing.get().digest());
        hashing = Optional.empty();
      }
      Part part = parts.poll();
      if (part == null) {
        String line = large.isPresent() ? large.get().readLine() : null;
        if (line == null) {
          return end();
        }
        int gap = line.indexOf(' ');
        Cid cid = Cid.parse(line.substring(gap + 1));
        part =
            new Part(large(cid, Long.parseLong(line.substring(0, gap))), () -> content.open(cid));
      }
      Hashing hashed = new Hashing(part.entry(), part.opening().open());
      hashing = Optional.of(hashed);
      now = framed(part.entry(), hashed);
      return true;
    }

    private boolean end() {
      if (manifested) {
        return false;
      }
      manifested = true;
      byte[] bytes = Manifest.signed(manifest.said(), key);
      now =
          new java.io.SequenceInputStream(
              framed(new Tar.Entry("manifest", bytes.length), new ByteArrayInputStream(bytes)),
              new ByteArrayInputStream(new byte[Tar.END]));
      return true;
    }

    private static InputStream framed(Tar.Entry entry, InputStream bytes) {
      return new java.io.SequenceInputStream(
          java.util.Collections.enumeration(
              List.of(
                  new ByteArrayInputStream(Tar.header(entry)),
                  bytes,
                  new ByteArrayInputStream(new byte[Tar.padding(entry.size())]))));
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (true) {
        int n = now.read(bytes, from, length);
        if (n >= 0) {
          return n;
        }
        if (closed || !next()) {
          return -1;
        }
      }
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      try {
        now.close();
        for (AutoCloseable each : open) {
          each.close();
        }
        if (Files.exists(copy)) {
          remove(copy);
        }
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException("closing a backup", e);
      } finally {
        content.holds().end();
      }
    }
  }
}
