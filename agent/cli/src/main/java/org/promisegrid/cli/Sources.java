package org.promisegrid.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Source;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.function.Draft;
import org.promisegrid.cli.function.IgnoreFile;
import org.promisegrid.cli.function.ImageRecipe;
import org.promisegrid.kernel.content.TreePacker;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// Code and files, wherever they come from, as content of an agent.
final class Sources {

  private static final int LINES = 20;

  private Sources() {}

  /// Puts it, or has it built.
  static Cid put(Agent agent, Draft.Source source) {
    return switch (source) {
      case Draft.Source.Content(Cid cid) -> cid;
      case Draft.Source.Text(byte[] bytes) -> agent.put(Source.of(bytes)).link("cid");
      case Draft.Source.File(Path path) -> agent.put(Source.of(path)).link("cid");
      case Draft.Source.Build(ImageRecipe recipe) -> build(agent, recipe, Item.EMPTY).link("image");
    };
  }

  /// Has an image built.
  ///
  /// @param more parameters of `image.build`
  static Told build(Agent agent, ImageRecipe recipe, Item.Table more) {
    Item.TableBuilder arguments = Item.table();
    recipe.arguments().forEach(arguments::put);
    Item.TableBuilder params =
        Item.table()
            .put("context", context(agent, recipe))
            .put("file", recipe.file())
            .put("stage", recipe.stage().map(Item::of));
    if (!recipe.arguments().isEmpty()) {
      params.put("arguments", arguments.build());
    }
    more.entries().forEach((key, value) -> params.put(((Item.Text) key).value(), value));
    try {
      return agent.kept("image.build", params.build());
    } catch (Failure e) {
      throw e.toItem().get("log").orElse(Item.NULL) instanceof Item.Text(String log)
              && !log.isBlank()
          ? e.hint("what was said at last:\n" + end(log))
          : e;
    }
  }

  private static String end(String log) {
    List<String> lines = log.strip().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
  }

  /// The folder as content, without what it says is to be left out; its recipe is there in any
  /// case.
  private static Cid context(Agent agent, ImageRecipe recipe) {
    Path folder = recipe.context();
    if (!Files.isDirectory(folder)) {
      throw Failure.usage("can't build " + folder + ": it is no folder");
    }
    if (!Files.isRegularFile(folder.resolve(recipe.file()))) {
      throw Failure.usage("can't build " + folder + ": there is no " + recipe.file() + " in it");
    }
    try {
      IgnoreFile ignored = IgnoreFile.in(folder);
      TreePacker packer =
          new TreePacker(
              Folder.sink(agent),
              path -> ignored.ignores(path) && !path.equals(recipe.file()),
              path -> ignored.hasExceptions() || (recipe.file() + "/").startsWith(path + "/"));
      return packer.pack(folder).cid();
    } catch (IOException e) {
      throw Failure.usage("can't build " + folder + ": " + e.getMessage()).because(e);
    }
  }
}
