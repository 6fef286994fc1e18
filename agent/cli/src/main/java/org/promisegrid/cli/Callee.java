package org.promisegrid.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.kernel.function.Argv;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.function.Parameter;
import org.promisegrid.kernel.function.Parameters;
import org.promisegrid.kernel.function.RefName;
import org.promisegrid.kernel.function.Schema;
import org.promisegrid.kernel.function.Type;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.token.Did;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.NodeId;

/// What a person names to have it called: a name, a CID, bare code, or a file that describes a
/// function.
///
/// @param function slot 0 of the call
/// @param terms what the file says of how it is called
record Callee(Cid function, Terms terms) {

  /// The parameter that takes the arguments after `--`.
  static final String ARGUMENTS = "args";

  /// Finds what is named; a file is put first.
  ///
  /// @param pure whether bare code is said to be pure
  static Callee of(Agent agent, String named, boolean pure) {
    if (isFile(named)) {
      Path file = Path.of(named);
      if (!Files.isRegularFile(file)) {
        throw Failure.usage("there is no file " + named);
      }
      FunctionFile described = FunctionFile.put(agent, file, pure);
      return new Callee(described.function(), described.terms());
    }
    return new Callee(cid(agent.node(), named), Terms.NONE);
  }

  /// The CID that a name or a CID stands for, told without asking anybody.
  static Cid cid(Did node, String named) {
    Optional<Cid> cid = parse(named);
    if (cid.isPresent()) {
      return cid.get();
    }
    try {
      return new RefName(named).cid(new NodeId(node.toString()));
    } catch (IllegalArgumentException e) {
      throw Failure.usage("neither a name nor a CID: " + e.getMessage()).because(e);
    }
  }

  /// A CID, if that is what it is.
  static Optional<Cid> parse(String text) {
    try {
      return Optional.of(Cid.parse(text));
    } catch (IllegalArgumentException _) {
      // Then it is a name, which is looked at next.
      return Optional.empty();
    }
  }

  private static boolean isFile(String named) {
    return named.startsWith("/")
        || named.startsWith("./")
        || named.startsWith("../")
        || kind(named).isPresent()
        || named.endsWith(".yaml")
        || named.endsWith(".yml");
  }

  /// The kind of code that a file of this name holds by itself, if it holds any.
  static Optional<String> kind(String file) {
    return file.endsWith(".wasm")
        ? Optional.of("wasm")
        : file.endsWith(".tar") ? Optional.of("image") : Optional.empty();
  }

  /// The descriptor of bare code: all that is said after `--` are its arguments.
  static Descriptor bare(Form form, boolean pure) {
    Type.Array texts = new Type.Array(new Schema(new Type.Text(0, Type.MOST)), 0, Type.MOST);
    Schema words = new Schema(texts, Optional.of(Item.array()), List.of(), "");
    return new Descriptor(
        List.of(),
        Optional.empty(),
        pure,
        false,
        Descriptor.KEPT,
        new Parameters(List.of(new Parameter(ARGUMENTS, words))),
        new Argv(List.of("${" + ARGUMENTS + "}")),
        Map.of(),
        List.of(form));
  }
}
