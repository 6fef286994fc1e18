package org.promisegrid.cli;

import java.nio.file.Path;
import org.promisegrid.cli.client.Agent;
import org.promisegrid.cli.client.Failure;
import org.promisegrid.cli.client.Source;
import org.promisegrid.sandbox.Cid;

final class Folder {
  private Folder() {}

  static Source put(Agent agent, Path folder) {
    throw Failure.usage("not yet " + agent + folder);
  }

  static boolean isTree(Agent agent, Cid cid) {
    return agent.equals(cid);
  }

  static void get(Agent agent, Cid cid, Path out) {
    throw Failure.usage("not yet " + agent + cid + out);
  }
}
