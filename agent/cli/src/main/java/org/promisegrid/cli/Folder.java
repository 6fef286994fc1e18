package org.promisegrid.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Told;
import org.promisegrid.cli.text.Progress;
import org.promisegrid.kernel.content.Multihash;
import org.promisegrid.kernel.content.Stored;
import org.promisegrid.kernel.content.Tree;
import org.promisegrid.kernel.content.TreePacker;
import org.promisegrid.kernel.content.TreeUnpacker;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;

/// Directories as content of an agent.
final class Folder {

  private Folder() {}

  /// Puts a directory, and returns its tree's name and the length of what is in it.
  static Tree.Directory put(Agent agent, Path folder, Progress progress) {
    try {
      return new TreePacker((in, size) -> put(agent, progress.of(in), size)).pack(folder);
    } catch (IOException e) {
      throw Failure.usage("can't put " + folder + ": " + e.getMessage()).because(e);
    }
  }

  /// Where the parts of a directory go.
  static TreePacker.Sink sink(Agent agent) {
    return (in, size) -> put(agent, in, size);
  }

  private static Stored put(Agent agent, InputStream in, long size) {
    Told kept = agent.put(in, size);
    return new Stored(kept.link("cid"), kept.number("size"), kept.is("new"));
  }

  /// Whether content is a directory.
  static boolean isTree(Agent agent, Cid cid) {
    Told kept = agent.kept("content.has", Item.table().put("cid", cid).build());
    if (kept.number("size") > Message.MAX_SIZE) {
      return false;
    }
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    agent.part(Item.table().put("cid", cid).put("length", 5).build(), head);
    if (!Message.begins(head.toByteArray())) {
      return false;
    }
    try {
      return Tree.isOne(Message.decode(agent.get(cid, Message.MAX_SIZE)));
    } catch (MalformedException _) {
      // It only begins as a message does: content like any other.
      return false;
    }
  }

  /// Makes a directory of a tree.
  ///
  /// @throws Failure if something is there already
  static void get(Agent agent, Cid tree, Path target, Progress progress) {
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw Failure.usage(target + " is there already");
    }
    try {
      new TreeUnpacker(new Spooled(agent, progress), TreeUnpacker.Limits.DEFAULT)
          .unpack(tree, target, false);
    } catch (IOException e) {
      throw Failure.output("can't make " + target, e);
    }
  }

  /// Content of an agent, which is fetched whole before it is read.
  private record Spooled(Agent agent, Progress progress) implements ContentSource {

    @Override
    public InputStream open(Cid cid) throws IOException {
      Path file = Files.createTempFile("grid-", ".part");
      try {
        try (OutputStream out = progress.of(Files.newOutputStream(file))) {
          agent.get(Multihash.of(cid), out);
        }
        return Files.newInputStream(file);
      } finally {
        // An open file can be read on after its name is gone.
        Files.delete(file);
      }
    }

    @Override
    public long size(Cid cid) {
      return agent.kept("content.has", Item.table().put("cid", cid).build()).number("size");
    }
  }
}
