package org.promisegrid.cli.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.function.UnaryOperator;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.Cid;

/// Bytes that are to be sent, whose name and length are known beforehand.
///
/// @param opener opens them from their beginning; whoever asks closes
public record Source(Cid cid, long size, Opener opener) {

  /// Longest input that travels in a call; a longer one is put first.
  public static final int MAX_INLINE = 256 << 10;

  private static final int PIECE = 256 << 10;

  /// Opens a stream.
  @FunctionalInterface
  public interface Opener {
    InputStream open() throws IOException;
  }

  /// Those bytes.
  public static Source of(byte[] bytes) {
    return new Source(Cid.of(bytes), bytes.length, () -> new ByteArrayInputStream(bytes));
  }

  /// What a file holds now.
  public static Source of(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = Cid.sha256();
      long size = pass(in, digest, OutputStream.nullOutputStream());
      return new Source(Cid.ofDigest(digest.digest()), size, () -> Files.newInputStream(file));
    } catch (NoSuchFileException e) {
      throw Failure.usage("there is no file " + file).because(e);
    } catch (IOException e) {
      String why = Files.isDirectory(file) ? "it is a directory" : String.valueOf(e.getMessage());
      throw Failure.usage("can't read " + file + ": " + why).because(e);
    }
  }

  /// All that a stream gives, which is read to its end; what is long is kept in a file until this
  /// process ends.
  public static Source spool(InputStream in) throws IOException {
    byte[] beginning = in.readNBytes(MAX_INLINE + 1);
    if (beginning.length <= MAX_INLINE) {
      return of(beginning);
    }
    Path file = Files.createTempFile("grid-", ".spool");
    file.toFile().deleteOnExit();
    MessageDigest digest = Cid.sha256();
    digest.update(beginning);
    try (OutputStream out = Files.newOutputStream(file)) {
      out.write(beginning);
      long size = beginning.length + pass(in, digest, out);
      return new Source(Cid.ofDigest(digest.digest()), size, () -> Files.newInputStream(file));
    }
  }

  /// The same bytes, which somebody looks at as they are read.
  public Source watched(UnaryOperator<InputStream> by) {
    return new Source(cid, size, () -> by.apply(opener.open()));
  }

  /// Whether it may travel in a call.
  public boolean isShort() {
    return size <= MAX_INLINE;
  }

  /// As the input of a call: itself where it is short, else its name; then it has to be put first.
  public Input input() {
    if (size == 0) {
      return Input.none();
    }
    return isShort() ? new Input.Inline(Item.of(bytes())) : new Input.Content(cid);
  }

  private byte[] bytes() {
    try (InputStream in = opener.open()) {
      byte[] bytes = in.readNBytes(MAX_INLINE + 1);
      if (bytes.length != size) {
        throw changed();
      }
      return bytes;
    } catch (IOException e) {
      throw Failure.usage("can't read the input: " + e.getMessage()).because(e);
    }
  }

  Body body() {
    return new Body(size, opener);
  }

  static Failure changed() {
    return Failure.usage("what is sent changed while it was read");
  }

  private static long pass(InputStream in, MessageDigest digest, OutputStream out)
      throws IOException {
    byte[] piece = new byte[PIECE];
    long size = 0;
    for (int got = in.read(piece); got >= 0; got = in.read(piece)) {
      digest.update(piece, 0, got);
      out.write(piece, 0, got);
      size += got;
    }
    return size;
  }
}
