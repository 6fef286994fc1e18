package org.promisegrid.cli.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.KeyFile;
import org.promisegrid.kernel.token.SigningKey;

/// An owner's data folder, as far as a client looks into it: keys, the root token, and what the
/// agent says of itself.
public record HomeFolder(Path path) {

  private static final String KEY_SUFFIX = ".pem";

  /// The home that is asked for: by option, by `GRID_HOME`, else the one of this user.
  public static HomeFolder of(Optional<Path> asked, Map<String, String> environment) {
    if (asked.isPresent()) {
      return new HomeFolder(asked.get().toAbsolutePath());
    }
    String named = environment.getOrDefault("GRID_HOME", "");
    try {
      return new HomeFolder(
          (named.isEmpty() ? usual(environment) : Path.of(named)).toAbsolutePath());
    } catch (InvalidPathException e) {
      throw Failure.usage("GRID_HOME is no path: " + named).because(e);
    }
  }

  private static Path usual(Map<String, String> environment) {
    if (System.getProperty("user.name", "").equals("root")) {
      return Path.of("/var/lib/grid");
    }
    String data = environment.getOrDefault("XDG_DATA_HOME", "");
    return data.startsWith("/")
        ? Path.of(data, "grid")
        : Path.of(System.getProperty("user.home", "."), ".local", "share", "grid");
  }

  /// Asks that this user is the folder's owner: files of two users in one home would make it
  /// nobody's.
  public void requireOwner() {
    requireUser(List.of());
  }

  /// Asks that this user may write here: its owner may, and root, who writes in the owner's name.
  public void requireWriter() {
    requireUser(List.of("root"));
  }

  private void requireUser(List<String> besides) {
    if (!Files.exists(path)) {
      return;
    }
    try {
      String owner = Files.getOwner(path).getName();
      String user = System.getProperty("user.name", owner);
      if (!owner.equals(user) && !besides.contains(user)) {
        throw Failure.usage("the data folder " + path + " is " + owner + "'s, and you are " + user)
            .hint(
                besides.isEmpty()
                    ? "where it is a service's, start that: systemctl start grid"
                    : "act as " + owner + ", or choose another by GRID_HOME or --home");
      }
    } catch (IOException e) {
      throw Failure.usage("can't look at " + path + ": " + e.getMessage()).because(e);
    }
  }

  /// Where the agent says what it is, once it is ready.
  public Path description() {
    return path.resolve("agent.json");
  }

  /// How far a start is that has much to do, in the agent's words; empty if there is no such start.
  public Optional<String> starting() {
    Path file = path.resolve("scratch").resolve("starting");
    try {
      return Optional.of(Files.readString(file));
    } catch (NoSuchFileException _) {
      // Most starts have little to do.
      return Optional.empty();
    } catch (IOException e) {
      throw Failure.agent("can't read " + file + ": " + e.getMessage()).because(e);
    }
  }

  /// Where the agent listens for framed messages.
  public Path socket() {
    return path.resolve("agent.sock");
  }

  /// A detached agent's log; older parts lie beside it, `agent.log.1` the youngest.
  public Path log() {
    return path.resolve("agent.log");
  }

  /// What a detached agent's process says outside of its log.
  public Path said() {
    return path.resolve("agent.out");
  }

  /// The tokens that were issued from this home, each in a file named by its CID.
  public Path tokens() {
    return path.resolve("tokens");
  }

  public Path keys() {
    return path.resolve("keys");
  }

  /// The owner's token, from which every other one descends.
  public Path rootToken() {
    return keys().resolve("root.token");
  }

  /// The file of a key by its name.
  public Path key(String name) {
    return keys().resolve(name + KEY_SUFFIX);
  }

  /// The agent that is ready here, if there is one.
  public Optional<Running> running() {
    return Running.read(this);
  }

  /// The process that has this home open, or had it last; empty if none ever did.
  public OptionalLong holder() {
    Path lock = path.resolve("lock");
    try {
      String pid = Files.readString(lock, StandardCharsets.ISO_8859_1).strip();
      return pid.matches("[0-9]{1,18}")
          ? OptionalLong.of(Long.parseLong(pid))
          : OptionalLong.empty();
    } catch (NoSuchFileException _) {
      // Nobody ever opened it, which is an answer.
      return OptionalLong.empty();
    } catch (IOException e) {
      throw Failure.agent("can't read " + lock + ": " + e.getMessage()).because(e);
    }
  }

  /// The names of this home's keys, sorted.
  public List<String> keyNames() {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(keys(), "*" + KEY_SUFFIX)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        if (!name.startsWith(".")) {
          names.add(name.substring(0, name.length() - KEY_SUFFIX.length()));
        }
      }
    } catch (NoSuchFileException _) {
      // A home without keys has none to tell.
      return List.of();
    } catch (IOException e) {
      throw Failure.agent("can't look into " + keys() + ": " + e.getMessage()).because(e);
    }
    Collections.sort(names);
    return names;
  }

  /// The private key in a file.
  public static SigningKey readKey(Path file) {
    try {
      return KeyFile.read(file);
    } catch (NoSuchFileException e) {
      throw Failure.usage("there is no key " + file).because(e);
    } catch (IOException e) {
      throw Failure.usage("can't read the key " + file + ": " + reason(e)).because(e);
    } catch (MalformedException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
  }

  /// The key of that DID among this home's, the owner's first.
  public Optional<SigningKey> keyOf(Did did) {
    List<String> names = new ArrayList<>(keyNames());
    if (names.remove("owner")) {
      names.addFirst("owner");
    }
    return names.stream()
        .map(name -> readKey(key(name)))
        .filter(key -> key.did().equals(did))
        .findFirst();
  }

  private static String reason(IOException e) {
    return e instanceof FileSystemException file && file.getReason() != null
        ? file.getReason()
        : String.valueOf(e.getMessage());
  }
}
