package org.promisegrid.cli.text;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Shows bytes from elsewhere on a terminal: as the UTF-8 text that they are, or aren't, made
/// harmless as by [Plain#lines]. Closing it shows what is left of a character that was cut off, and
/// leaves the stream below open.
public final class PlainStream extends FilterOutputStream {

  /// Longest encoding of a character.
  private static final int LONGEST = 4;

  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  private final ByteBuffer bytes = ByteBuffer.allocate(8192);
  private final CharBuffer characters = CharBuffer.allocate(bytes.capacity() + LONGEST);

  public PlainStream(OutputStream out) {
    super(out);
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] from, int offset, int length) throws IOException {
    int at = offset;
    int left = length;
    while (left > 0) {
      int fits = Math.min(left, bytes.remaining());
      bytes.put(from, at, fits);
      at += fits;
      left -= fits;
      show(false);
    }
  }

  /// What makes a whole character goes on; the beginning of one waits for the rest.
  private void show(boolean last) throws IOException {
    bytes.flip();
    decoder.decode(bytes, characters, last);
    if (last) {
      decoder.flush(characters);
    }
    bytes.compact();
    characters.flip();
    out.write(Plain.lines(characters.toString()).getBytes(StandardCharsets.UTF_8));
    characters.clear();
  }

  @Override
  public void close() throws IOException {
    show(true);
    decoder.reset();
    out.flush();
  }
}
