package org.promisegrid.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Source;
import org.promisegrid.cli.function.DescriptorFile;
import org.promisegrid.cli.function.Draft;
import org.promisegrid.kernel.function.Descriptor;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Form;

/// A function that was put: its code, then its descriptor.
///
/// @param terms what its file says of how it is called
record FunctionFile(Descriptor descriptor, Terms terms) {

  /// The function's hash.
  Cid function() {
    return descriptor.cid();
  }

  /// Puts what a file describes, a function in YAML or JSON, or what it is: a bare module, an
  /// image's archive.
  ///
  /// @param pure whether bare code is said to be pure
  static FunctionFile put(Agent agent, Path file, boolean pure) {
    Optional<String> kind = Callee.kind(file.toString());
    if (kind.isPresent()) {
      Cid code = agent.put(Source.of(file)).link("cid");
      return put(agent, Callee.bare(new Form(kind.get(), code), pure), Terms.NONE);
    }
    Draft draft = read(file);
    List<Cid> code = new ArrayList<>();
    for (Draft.Source source : draft.code()) {
      code.add(Sources.put(agent, source));
    }
    try {
      return put(agent, draft.descriptor(code), draft.terms());
    } catch (IllegalArgumentException e) {
      throw Failure.usage(file + ": " + e.getMessage()).because(e);
    }
  }

  private static FunctionFile put(Agent agent, Descriptor descriptor, Terms terms) {
    agent.put(Source.of(descriptor.encode()));
    return new FunctionFile(descriptor, terms);
  }

  private static Draft read(Path file) {
    try {
      return DescriptorFile.parse(
          Files.readString(file), file.toString(), file.toAbsolutePath().resolveSibling(""));
    } catch (IOException e) {
      throw Failure.usage("can't read " + file + ": " + e.getMessage()).because(e);
    } catch (MalformedException e) {
      throw Failure.usage(String.valueOf(e.getMessage())).because(e);
    }
  }
}
