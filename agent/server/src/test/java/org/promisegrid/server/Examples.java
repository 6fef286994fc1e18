package org.promisegrid.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// The programs in `examples/` as functions.
public final class Examples {

  private Examples() {}

  static byte[] code(String name) throws IOException {
    return Files.readAllBytes(root().resolve("examples").resolve(name + ".wasm"));
  }

  /// The project's folder, above the module's in which tests run.
  public static Path root() {
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      if (Files.isDirectory(folder.resolve("docs/protocols"))) {
        return folder;
      }
    }
    throw new IllegalStateException("not run within the project");
  }

  /// Counts words. Whoever puts it has to be the one who calls it, or the owner.
  public static Cid wordcount(Web web, boolean pure) throws IOException, InterruptedException {
    return put(
        web,
        "wordcount",
        Item.table()
            .put("pure", pure)
            .put(
                "parameters",
                Item.array(
                    Item.array(
                        Item.of("top"),
                        Item.table().put("type", "integer").put("default", 10).build()))));
  }

  /// Runs until it is stopped.
  public static Cid spin(Web web) throws IOException, InterruptedException {
    return put(web, "spin", Item.table());
  }

  private static Cid put(Web web, String program, Item.TableBuilder descriptor)
      throws IOException, InterruptedException {
    Cid code = Cid.parse(web.put(code(program)));
    Item form = Item.table().put("wasm", code).build();
    Item.Table table = descriptor.put("forms", Item.array(form)).build();
    try {
      return Cid.parse(web.put(Descriptor.of(table).message().bytes()));
    } catch (MalformedException e) {
      throw new IllegalStateException(e);
    }
  }
}
