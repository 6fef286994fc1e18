package org.promisegrid.driver.wasm;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Assembles small modules, byte by byte.
final class Wasm {

  static final int I32 = 0x7f;
  static final int I64 = 0x7e;

  private final List<byte[]> types = new ArrayList<>();
  private final List<byte[]> imports = new ArrayList<>();
  private final List<byte[]> functions = new ArrayList<>();
  private final List<byte[]> tables = new ArrayList<>();
  private final List<byte[]> memories = new ArrayList<>();
  private final List<byte[]> globals = new ArrayList<>();
  private final List<byte[]> exports = new ArrayList<>();
  private final List<byte[]> bodies = new ArrayList<>();
  private final List<byte[]> data = new ArrayList<>();
  private byte[] start = {};

  /// A function type; its index.
  int type(int[] parameters, int[] results) {
    types.add(bytes(0x60, vector(parameters), vector(results)));
    return types.size() - 1;
  }

  /// An imported function, before any of its own; its index.
  int imported(String module, String name, int type) {
    imports.add(bytes(name(module), name(name), 0, number(type)));
    return imports.size() - 1;
  }

  /// A function with the given instructions, the final `end` left out; its index.
  int function(int type, Object... body) {
    return functionWithLocals(type, 0, body);
  }

  /// The same, with local variables of type i32.
  int functionWithLocals(int type, int locals, Object... body) {
    functions.add(number(type));
    byte[] code = bytes(locals == 0 ? number(0) : bytes(1, number(locals), I32), bytes(body), 0x0b);
    bodies.add(bytes(number(code.length), code));
    return imports.size() + functions.size() - 1;
  }

  Wasm memory(int minimum) {
    memories.add(bytes(0, number(minimum)));
    return exported("memory", 2, 0);
  }

  Wasm memory(int minimum, int maximum) {
    memories.add(bytes(1, number(minimum), number(maximum)));
    return exported("memory", 2, 0);
  }

  Wasm table(int minimum) {
    tables.add(bytes(0x70, 0, number(minimum)));
    return this;
  }

  /// A mutable global of type i32, zero at first.
  Wasm global() {
    globals.add(bytes(I32, 1, 0x41, 0, 0x0b));
    return this;
  }

  /// Bytes put into the memory at the start.
  Wasm data(int at, byte[] content) {
    data.add(bytes(0, 0x41, signed(at), 0x0b, number(content.length), content));
    return this;
  }

  Wasm exported(String name, int function) {
    return exported(name, 0, function);
  }

  private Wasm exported(String name, int kind, int index) {
    exports.add(bytes(name(name), kind, number(index)));
    return this;
  }

  Wasm start(int function) {
    start = section(8, number(function));
    return this;
  }

  byte[] module() {
    return bytes(
        0,
        'a',
        's',
        'm',
        1,
        0,
        0,
        0,
        section(1, types),
        section(2, imports),
        section(3, functions),
        section(4, tables),
        section(5, memories),
        section(6, globals),
        section(7, exports),
        start,
        section(10, bodies),
        section(11, data));
  }

  /// A command: a module whose `_start` does that, with one page of memory.
  static byte[] command(Object... body) {
    Wasm wasm = new Wasm().memory(1);
    return wasm.exported("_start", wasm.function(wasm.type(new int[0], new int[0]), body)).module();
  }

  /// Bytes from numbers, characters and arrays of them.
  static byte[] bytes(Object... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (Object part : parts) {
      switch (part) {
        case Integer octet -> all.write(octet);
        case Character letter -> all.write(letter);
        case byte[] some -> all.writeBytes(some);
        default -> throw new IllegalArgumentException("not bytes: " + part);
      }
    }
    return all.toByteArray();
  }

  /// An unsigned LEB128 number.
  static byte[] number(long value) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    long left = value;
    for (; left >= 0x80; left >>>= 7) {
      all.write((int) ((left & 0x7f) | 0x80));
    }
    all.write((int) left);
    return all.toByteArray();
  }

  /// A signed LEB128 number.
  static byte[] signed(long value) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    long left = value;
    for (; left < -64 || left > 63; left >>= 7) {
      all.write((int) ((left & 0x7f) | 0x80));
    }
    all.write((int) (left & 0x7f));
    return all.toByteArray();
  }

  static byte[] constant(int value) {
    return bytes(0x41, signed(value));
  }

  static byte[] longConstant(long value) {
    return bytes(0x42, signed(value));
  }

  static byte[] name(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return bytes(number(utf8.length), utf8);
  }

  static byte[] section(int id, byte[] content) {
    return bytes(id, number(content.length), content);
  }

  private static byte[] section(int id, List<byte[]> items) {
    return items.isEmpty()
        ? new byte[0]
        : section(id, bytes(number(items.size()), bytes(items.toArray())));
  }

  private static byte[] vector(int[] types) {
    byte[] all = new byte[types.length];
    for (int i = 0; i < types.length; i++) {
      all[i] = (byte) types[i];
    }
    return bytes(number(types.length), all);
  }
}
