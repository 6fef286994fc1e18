package org.promisegrid.driver.memory;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.promisegrid.sandbox.Attach;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.OutputExceededException;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.Stdio;

/// What a [Mutation] puts in place of what is right.
final class Faulty {

  /// How much of a stream gets through where one is cut.
  private static final int SOME = 1000;

  private Faulty() {}

  /// The beginning of a stream, as if there were no more.
  static InputStream beginning(InputStream in) {
    try {
      return new ByteArrayInputStream(in.readNBytes(SOME));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void shut(OutputStream out) {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A driver whose sandboxes have other limits than they should.
  static final class WithLimits extends ThroughDriver {

    private final UnaryOperator<Limits> others;

    WithLimits(SandboxDriver to, UnaryOperator<Limits> others) {
      super(to);
      this.others = others;
    }

    @Override
    SandboxSpec spec(SandboxSpec it) {
      return new SandboxSpec(
          it.form(), others.apply(it.limits()), it.isolation(), it.pure(), it.slots());
    }
  }

  /// A driver that takes every workload for pure, or none.
  static final class Purely extends ThroughDriver {

    private final boolean pure;

    Purely(SandboxDriver to, boolean pure) {
      super(to);
      this.pure = pure;
    }

    @Override
    SandboxSpec spec(SandboxSpec it) {
      return new SandboxSpec(it.form(), it.limits(), it.isolation(), pure, it.slots());
    }
  }

  /// Tells whoever takes its streams up nothing of the output.
  static final class Forgetful extends ThroughSandbox {

    Forgetful(Sandbox to, ThroughDriver driver) {
      super(to, driver);
    }

    @Override
    public <P extends Power> Optional<P> power(Class<P> type) {
      if (type != Attach.class) {
        return super.power(type);
      }
      Optional<Attach> right = to.power(Attach.class);
      Attach wrong =
          stdio ->
              right
                  .orElseThrow()
                  .attach(new Stdio(stdio.in(), OutputStream.nullOutputStream(), stdio.log()));
      return Optional.of(type.cast(wrong));
    }
  }

  /// Loses what comes late.
  static final class Upto extends OutputStream {

    private final OutputStream to;
    private int left = SOME;

    Upto(OutputStream to) {
      this.to = to;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int fits = Math.min(left, length);
      left -= fits;
      to.write(bytes, offset, fits);
    }
  }

  /// Goes on where it is told that it was enough.
  static final class Unmoved extends OutputStream {

    private final OutputStream to;

    Unmoved(OutputStream to) {
      this.to = to;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        to.write(bytes, offset, length);
      } catch (OutputExceededException _) {
        // As if it had been taken.
        return;
      }
    }
  }
}
