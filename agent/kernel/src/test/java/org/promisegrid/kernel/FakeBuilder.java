package org.promisegrid.kernel;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.ImageBuilder;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;

/// Another driver that says besides that it builds images, and gives what a test says.
final class FakeBuilder implements ImageBuilder {

  final List<Recipe> asked = new ArrayList<>();
  final List<Cid> kept = new ArrayList<>();
  final CountDownLatch begun = new CountDownLatch(1);
  int open;
  byte[] archive = new byte[0];
  @Nullable DriverException failure;
  boolean endless;
  boolean breaks;

  /// The same targets, each of which builds here.
  SandboxDriverFactory around(SandboxDriverFactory inner) {
    return new SandboxDriverFactory() {
      @Override
      public String name() {
        return inner.name();
      }

      @Override
      public List<Target> targets(Map<String, String> settings) {
        return inner.targets(settings);
      }

      @Override
      public SandboxDriver open(Target target, Map<String, String> settings, Host host) {
        return new Builds(inner.open(target, settings, host));
      }
    };
  }

  @Override
  public Built build(Recipe recipe, Duration within, Consumer<String> log)
      throws InterruptedException {
    asked.add(recipe);
    begun.countDown();
    log.accept("Step 1/1 : " + recipe.file() + "\n");
    if (endless) {
      new CountDownLatch(1).await();
    }
    if (failure != null) {
      throw failure;
    }
    open++;
    return new Built() {
      @Override
      public String id() {
        return "sha256:fake";
      }

      @Override
      public InputStream archive() {
        return breaks ? new Broken() : new ByteArrayInputStream(archive);
      }

      @Override
      public void keep(Cid code) {
        kept.add(code);
      }

      @Override
      public void close() {
        open--;
      }
    };
  }

  private static final class Broken extends InputStream {
    @Override
    public int read() throws IOException {
      throw new IOException("the engine hung up");
    }

    @Override
    public int read(byte[] bytes, int from, int most) throws IOException {
      return read();
    }
  }

  private final class Builds implements SandboxDriver {

    private final SandboxDriver inner;

    Builds(SandboxDriver inner) {
      this.inner = inner;
    }

    @Override
    public Target target() {
      return inner.target();
    }

    @Override
    public Set<Trait> traits() {
      Set<Trait> traits = new HashSet<>(inner.traits());
      traits.add(Trait.BUILDS_IMAGES);
      return traits;
    }

    @Override
    public Set<String> forms() {
      return inner.forms();
    }

    @Override
    public Fitness probe() throws InterruptedException {
      return inner.probe();
    }

    @Override
    public Quote offers(SandboxSpec spec) {
      return inner.offers(spec);
    }

    @Override
    public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) throws InterruptedException {
      return inner.create(id, spec, offer);
    }

    @Override
    public List<Found> list() throws InterruptedException {
      return inner.list();
    }

    @Override
    public Optional<Sandbox> adopt(SandboxId id) throws InterruptedException {
      return inner.adopt(id);
    }

    @Override
    public Sample sample() {
      return inner.sample();
    }

    @Override
    public <P extends Power> Optional<P> power(Class<P> type) {
      return type == ImageBuilder.class
          ? Optional.of(type.cast(FakeBuilder.this))
          : inner.power(type);
    }

    @Override
    public void close() {
      inner.close();
    }
  }
}
