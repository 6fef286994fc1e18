package org.promisegrid.driver.trespass;

import com.github.dockerjava.api.DockerClient;
import org.promisegrid.driver.neighbour.Neighbour;
import org.promisegrid.kernel.message.Item;

/// Does what a driver may not: FencesTest must notice.
interface DriverTrespasser {
  Item seesTheKernel();

  Neighbour seesAnotherDriver();

  DockerClient seesTheClientOfAnother();
}
