package org.promisegrid.driver.wasm.module;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// A walk over a part of a module that never leaves it.
final class Bytes {

  private final byte[] bytes;
  private final int end;
  private int at;

  Bytes(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  boolean atEnd() {
    return at == end;
  }

  int left() {
    return end - at;
  }

  int next() throws ModuleException {
    if (at >= end) {
      throw new ModuleException("unexpected end at byte " + at);
    }
    return bytes[at++] & 0xff;
  }

  /// Reads an unsigned LEB128 number of at most 64 bits; one that doesn't fit a `long` is refused.
  long number() throws ModuleException {
    long value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      int octet = next();
      value |= (long) (octet & 0x7f) << shift;
      if (octet < 0x80) {
        return value;
      }
    }
    throw new ModuleException("number too long at byte " + at);
  }

  /// Reads the number of items that follow, each at least one byte long.
  int count() throws ModuleException {
    long count = number();
    if (count > left()) {
      throw new ModuleException(
          "a count of " + count + " at byte " + at + ", more than can follow");
    }
    return (int) count;
  }

  /// The next `size` bytes as a walk of their own; this one goes on behind them.
  Bytes part(long size) throws ModuleException {
    int from = at;
    skip(size);
    return new Bytes(bytes, from, at);
  }

  void skip(long size) throws ModuleException {
    if (size > left()) {
      throw new ModuleException("a size of " + size + " at byte " + at + ", more than can follow");
    }
    at += (int) size;
  }

  /// Skips a signed or unsigned LEB128 number.
  void skipNumber() throws ModuleException {
    for (int i = 0; i < 10; i++) {
      if (next() < 0x80) {
        return;
      }
    }
    throw new ModuleException("number too long at byte " + at);
  }

  String name() throws ModuleException {
    int size = count();
    int from = at;
    skip(size);
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, from, size))
          .toString();
    } catch (CharacterCodingException e) {
      throw new ModuleException("a name at byte " + from + " isn't UTF-8", e);
    }
  }
}
