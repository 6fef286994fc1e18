package org.promisegrid.cli;

import java.nio.file.Path;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;

record FunctionFile(Cid function, Terms terms) {
  static FunctionFile put(Agent agent, Path file) {
    throw Failure.usage("not yet " + file + agent);
  }
}
