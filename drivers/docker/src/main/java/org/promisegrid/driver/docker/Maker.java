package org.promisegrid.driver.docker;

import java.io.ByteArrayInputStream;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.promisegrid.driver.docker.engine.Engine;
import org.promisegrid.driver.docker.image.ImageShelf;
import org.promisegrid.driver.docker.image.LoadedImage;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.shim.ShimKey;

/// Makes containers: for a call, or warm ones for a call that may come.
final class Maker {

  private final Workplace workplace;
  private final Engine engine;
  private final Blueprint blueprint;
  private final SecureRandom random = new SecureRandom();

  Maker(Workplace workplace) {
    this.workplace = workplace;
    this.engine = workplace.engine();
    this.blueprint = new Blueprint(workplace.naming());
  }

  /// One for a call, not started.
  Container make(SandboxId id, Cid image, Terms terms, String doing) throws InterruptedException {
    return make(id, workplace.naming().container(id), Naming.CALL, image, terms, doing);
  }

  /// One that was started, and whose shim was told nothing yet.
  WarmPool.Warm warm(WarmPool.Kind kind) throws InterruptedException {
    byte[] number = new byte[8];
    random.nextBytes(number);
    SandboxId stock = new SandboxId("warm-" + HexFormat.of().formatHex(number));
    String doing = "making a warm sandbox of " + kind.code();
    Container container =
        make(stock, workplace.naming().stock(stock), Naming.WARM, kind.code(), kind.terms(), doing);
    boolean started = false;
    try {
      WarmPool.Warm warm =
          new WarmPool.Warm(container, new Starter(workplace, container).ready(doing));
      started = true;
      return warm;
    } finally {
      if (!started) {
        workplace.leftovers().remove(container);
      }
    }
  }

  private Container make(
      SandboxId id, String name, String kind, Cid code, Terms terms, String doing)
      throws InterruptedException {
    try (ImageShelf.Use _ = workplace.images().use(code)) {
      return makeOfIt(id, name, kind, code, terms, doing);
    }
  }

  private Container makeOfIt(
      SandboxId id, String name, String kind, Cid code, Terms terms, String doing)
      throws InterruptedException {
    try {
      return tryToMake(id, name, kind, code, terms, doing);
    } catch (StaleException _) { // the engine was emptied meanwhile: once more, from the beginning
      workplace.images().forget(code);
      workplace.shim().forget();
    }
    try {
      return tryToMake(id, name, kind, code, terms, doing);
    } catch (StaleException e) {
      throw new DriverException(
          Kind.BROKEN, doing + ": the engine loses what it was just given", e);
    }
  }

  private Container tryToMake(
      SandboxId id, String name, String kind, Cid code, Terms terms, String doing)
      throws InterruptedException {
    LoadedImage image = workplace.images().take(code);
    if (!image.hasProgram()) {
      throw new DriverException(
          Kind.UNSUPPORTED, doing + ": the image doesn't say what is to be run");
    }
    Optional<String> misplaced = image.misplacedVolume();
    if (misplaced.isPresent()) {
      throw new DriverException(
          Kind.UNSUPPORTED,
          doing + ": the image wants to write at " + misplaced.get() + ", which isn't its own");
    }
    String volume = workplace.shim().volume(image.id());
    Container container = new Container(id, name, image.id(), terms, ShimKey.random(random));
    boolean there = place(container, kind, image, volume, doing);
    if (!there) {
      throw new StaleException();
    }
    boolean ready = false;
    try {
      furnish(container, doing);
      if (Thread.interrupted()) {
        throw new InterruptedException(doing);
      }
      ready = true;
    } finally {
      if (!ready) {
        workplace.leftovers().remove(container);
      }
    }
    return container;
  }

  /// Makes the container; whether what it is made of is still on the engine.
  private boolean place(
      Container container, String kind, LoadedImage image, String volume, String doing)
      throws InterruptedException {
    try {
      return engine
          .find(
              doing, client -> blueprint.of(client, container, kind, image, volume).exec().getId())
          .isPresent();
    } catch (DriverException e) {
      if (e.kind() == Kind.UNAVAILABLE) {
        workplace.leftovers().add(container); // it may have been made, and the answer lost
      }
      throw e;
    }
  }

  /// Puts links to where secrets will be.
  private void furnish(Container container, String doing) throws InterruptedException {
    SecretPlaces places = SecretPlaces.of(container.terms());
    if (places.linksFromRoot()) {
      byte[] links = places.links();
      engine.ask(
          doing,
          client ->
              client
                  .copyArchiveToContainerCmd(container.name())
                  .withRemotePath("/")
                  .withTarInputStream(new ByteArrayInputStream(links))
                  .exec());
    }
  }

  /// What the engine was known to have it has no more.
  private static final class StaleException extends RuntimeException {
    private static final long serialVersionUID = 1;
  }
}
