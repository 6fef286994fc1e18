package org.promisegrid.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.function.ImageRecipe;
import org.promisegrid.cli.text.Sizes;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Images: what containers are made of.
@Command(synopsisSubcommandLabel = "COMMAND", description = "Images of containers: build one.")
final class ImageCommand {

  private final Session session;

  ImageCommand(Session session) {
    this.session = session;
  }

  @Command(
      name = "build",
      description = {
        "Have an engine build an image from a folder with a Dockerfile; write the CID of its archive,",
        "which functions (`image: CID`) and services (--image CID) may name. What .dockerignore says",
        "is left out. The owner's alone: a recipe runs as root and with a network."
      })
  int build(
      @Parameters(paramLabel = "DIR") Path folder,
      @Option(
              names = {"-f", "--file"},
              paramLabel = "PATH",
              description = "The recipe, in the folder: Dockerfile unless said otherwise.")
          @Nullable String file,
      @Option(
              names = "--argument",
              paramLabel = "NAME=VALUE",
              description = "One that the recipe declares. It can be read from the image.")
          @Nullable List<String> arguments,
      @Option(names = "--stage", paramLabel = "NAME", description = "The last one to be made.")
          @Nullable String stage,
      @Option(
              names = "--place",
              paramLabel = "driver=docker,LABEL=VALUE",
              split = ",",
              hideParamSyntax = true,
              description = "Where it may be built.")
          @Nullable List<String> place,
      @Option(
              names = "--within",
              paramLabel = "30m",
              description = "How long that may take: 30m unless said otherwise.")
          @Nullable Duration within) {
    ImageRecipe recipe;
    Item.TableBuilder more = Item.table();
    try {
      ImageRecipe usual = ImageRecipe.of(folder, Optional.ofNullable(file));
      recipe =
          new ImageRecipe(
              folder,
              usual.file(),
              CallOptions.pairs(some(arguments), "--argument"),
              Optional.ofNullable(stage));
      if (place != null) {
        Terms.Builder terms = Terms.builder();
        CallOptions.place(terms, place);
        terms.build().toItem().get("place").ifPresent(it -> more.put("place", it));
      }
    } catch (IllegalArgumentException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
    if (within != null) {
      more.put("within", within.toMillis());
    }
    try (Agent agent = session.agent()) {
      Told built = Sources.build(agent, recipe, more.build());
      session.note(built.text("log"));
      session.note(
          Sizes.text(built.number("size"))
              + ", "
              + built.text("id")
              + " on "
              + built.text("target"));
      return session.answer(built.table(), () -> built.link("image") + "\n");
    }
  }

  private static List<String> some(@Nullable List<String> list) {
    return list == null ? new ArrayList<>() : list;
  }
}
