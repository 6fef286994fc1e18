package org.promisegrid.kernel.message;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Optional;

/// A target for Jazzer: frames that are read are the bytes that were there.
public final class FramingFuzz {

  private FramingFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    ByteArrayInputStream in = new ByteArrayInputStream(data);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      for (Optional<byte[]> frame = Framing.read(in); frame.isPresent(); frame = Framing.read(in)) {
        Framing.write(out, frame.get());
      }
    } catch (MalformedException e) {
      // The stream is no more than what was read so far.
    } catch (IOException e) {
      throw new UncheckedIOException("an array can be read", e);
    }
    if (!Arrays.equals(out.toByteArray(), Arrays.copyOf(data, out.size()))) {
      throw new AssertionError("other frames than were there");
    }
  }
}
