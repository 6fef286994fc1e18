package org.promisegrid.kernel;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.ImageBuilder;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxDriverFactory;
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
    return DriverAround.all(inner, (driver, _) -> new Builds(driver));
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

  private final class Builds extends DriverAround {

    Builds(SandboxDriver inner) {
      super(inner);
    }

    @Override
    public Set<Trait> traits() {
      Set<Trait> traits = new HashSet<>(super.traits());
      traits.add(Trait.BUILDS_IMAGES);
      return traits;
    }

    @Override
    public <P extends Power> Optional<P> power(Class<P> type) {
      return type == ImageBuilder.class
          ? Optional.of(type.cast(FakeBuilder.this))
          : super.power(type);
    }
  }
}
