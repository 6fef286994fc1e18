package org.promisegrid.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.HomeFolder;
import org.promisegrid.cli.client.OwnerRotation;
import org.promisegrid.cli.text.Rows;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.kernel.token.KeyFile;
import org.promisegrid.kernel.token.PrivateFile;
import org.promisegrid.kernel.token.SigningKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Keys: whom tokens are for.
@Command(
    synopsisSubcommandLabel = "COMMAND",
    description = "Keys, for which tokens are issued: make, list, show.")
final class KeyCommand {

  private final Session session;

  KeyCommand(Session session) {
    this.session = session;
  }

  @Command(name = "new", description = "Make a key, and write its DID: the name of its holder.")
  int make(
      @Parameters(
              paramLabel = "NAME|FILE",
              description = "A name in the data folder, or a file if it has a / in it.")
          String named) {
    Path file = file(named);
    SigningKey key = SigningKey.generate(new SecureRandom());
    try {
      if (named.indexOf('/') < 0) {
        session.home().requireWriter();
        PrivateFile.makeFolder(session.home().keys());
      }
      KeyFile.write(file, key);
    } catch (FileAlreadyExistsException e) {
      throw Failure.usage(file + " is there already, and isn't overwritten").because(e);
    } catch (IOException e) {
      throw Failure.output("can't write " + file, e);
    }
    return answer(file, key);
  }

  @Command(
      name = "rotate",
      description = {
        "Give the owner another key and root token; the old ones are worth nothing any more.",
        "All tokens that the owner issued end with the old root: issue them anew.",
        "Cut short anywhere, it goes on when it is called again."
      })
  int rotate() {
    HomeFolder home = session.home();
    home.requireWriter();
    Did did =
        new OwnerRotation(home)
            .run((with, old) -> {
              try (Agent agent = session.agent(with)) {
                agent.kept(
                    "token.revoke", Item.table().put("token", Cbor.encode(old.toItem())).build());
              }
            });
    session.note("what the owner issued before has ended: issue it anew");
    return session.answer(Item.table().put("did", did.toString()).build(), () -> did + "\n");
  }

  @Command(name = "show", description = "Write the DID of a key.")
  int show(@Parameters(paramLabel = "NAME|FILE") String named) {
    Path file = file(named);
    return answer(file, HomeFolder.readKey(file));
  }

  private int answer(Path file, SigningKey key) {
    return session.answer(
        Item.table().put("did", key.did().toString()).put("file", file.toString()).build(),
        () -> key.did() + "\n");
  }

  @Command(name = "ls", description = "List the keys of the data folder.")
  int list() {
    HomeFolder home = session.home();
    Rows rows = new Rows("name", "DID");
    List<Item> keys = new ArrayList<>();
    for (String name : home.keyNames()) {
      String did = HomeFolder.readKey(home.key(name)).did().toString();
      rows.add(name, did);
      keys.add(Item.table().put("name", name).put("did", did).build());
    }
    return session.answer(Item.table().put("keys", Item.array(keys)).build(), rows::text);
  }

  private Path file(String named) {
    if (named.indexOf('/') >= 0) {
      return Path.of(named);
    }
    if (!KeyFile.isName(named)) {
      throw Failure.usage("'" + named + "' is no name of a key: letters, digits, . _ -");
    }
    return session.home().key(named);
  }
}
