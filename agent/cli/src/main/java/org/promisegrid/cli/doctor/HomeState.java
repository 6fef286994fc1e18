package org.promisegrid.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;

/// The data folder: whose it is, and who else could look into it.
public final class HomeState {

  private static final Set<PosixFilePermission> OTHERS =
      PosixFilePermissions.fromString("---rwxrwx");

  private HomeState() {}

  /// All there is to say of it.
  public static List<Finding> look(HomeFolder home, String user) {
    Path path = home.path();
    if (!Files.exists(path)) {
      return List.of(
          Finding.note("home", path + " isn't there yet", "`grid up` makes it, and its keys"));
    }
    try {
      String owner = Files.getOwner(path).getName();
      if (!owner.equals(user) && !user.equals("root")) {
        return List.of(
            Finding.wrong(
                "home",
                path + " is " + owner + "'s, and you are " + user,
                "choose your own by GRID_HOME or --home, or act as " + owner));
      }
      List<Finding> found = new ArrayList<>();
      found.add(folder(path, owner));
      found.addAll(keys(home, owner));
      return found;
    } catch (IOException e) {
      throw Failure.agent("can't look at " + path + ": " + e.getMessage()).because(e);
    }
  }

  private static Finding folder(Path path, String owner) throws IOException {
    if (!Files.isDirectory(path)) {
      return Finding.wrong("home", path + " is no folder", "choose another one by GRID_HOME");
    }
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(path);
    String says = path + ", " + owner + "'s, " + PosixFilePermissions.toString(mode);
    return Collections.disjoint(mode, OTHERS)
        ? Finding.good("home", says)
        : Finding.wrong("home", says + ": others may enter it", "chmod 700 " + path);
  }

  private static List<Finding> keys(HomeFolder home, String owner) throws IOException {
    if (!Files.isDirectory(home.keys())) {
      return List.of(
          Finding.note("keys", "there are none yet", "an agent makes them at its first start"));
    }
    List<Finding> wrong = new ArrayList<>();
    for (String name : home.keyNames()) {
      Path file = home.key(name);
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
      String whose = Files.getOwner(file).getName();
      if (!Collections.disjoint(mode, OTHERS)) {
        wrong.add(
            Finding.wrong(
                "keys",
                file + " can be used by others: " + PosixFilePermissions.toString(mode),
                "consider that key known: make another; else chmod 600 " + file));
      } else if (!whose.equals(owner)) {
        wrong.add(
            Finding.wrong(
                "keys",
                file + " is " + whose + "'s, in a data folder of " + owner + "'s",
                "chown " + owner + ": " + file));
      }
    }
    boolean complete = Files.exists(home.key("node")) && Files.exists(home.rootToken());
    if (!complete && Files.exists(home.path().resolve("layout"))) {
      wrong.add(
          Finding.wrong(
              "keys",
              "the node's key or the owner's token is gone",
              "put back keys/node.pem and keys/root.token: nobody else can be this node"));
    }
    if (!wrong.isEmpty()) {
      return wrong;
    }
    return List.of(
        Finding.good("keys", String.join(", ", home.keyNames()) + "; their owner's only"));
  }
}
