package org.promisegrid.driver.wasm.module;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.promisegrid.driver.wasm.module.ModuleOutline.Export;
import org.promisegrid.driver.wasm.module.ModuleOutline.Import;
import org.promisegrid.driver.wasm.module.ModuleOutline.Kind;
import org.promisegrid.driver.wasm.module.ModuleOutline.MemoryNeed;

/// Reads a module's outline and refuses what would cost its reader more than its own size: an
/// engine that trusts a count allocates gigabytes for a module of twenty bytes. Instructions are
/// left to the engine's own validation.
///
/// Refused besides: garbage-collected types (their objects live on the host's heap, outside of any
/// memory limit), shared, 64-bit and further memories, and imports that aren't functions.
public final class OutlineReader {

  /// Functions larger than this are refused: analysing branches takes time quadratic in it.
  private static final int LARGEST_FUNCTION = 1 << 20;

  // As other engines have them, so that a module that runs elsewhere runs here.
  private static final int MOST_TYPES = 1_000_000;
  private static final int MOST_VALUES = 1_000;
  private static final int MOST_FUNCTIONS = 1_000_000;
  private static final int MOST_LOCALS = 50_000;
  private static final long MOST_TABLE_ENTRIES = 10_000_000;
  private static final int MOST_PAGES = 1 << 16;

  private static final byte[] HEADER = {0, 'a', 's', 'm', 1, 0, 0, 0};
  private static final String[] SECTIONS = {
    "custom",
    "type",
    "import",
    "function",
    "table",
    "memory",
    "global",
    "export",
    "start",
    "element",
    "code",
    "data",
    "data count",
    "tag"
  };

  private final List<String> types = new ArrayList<>();
  private final List<Integer> functions = new ArrayList<>();
  private final List<Import> imports = new ArrayList<>();
  private final Map<String, Export> exports = new HashMap<>();
  private @Nullable MemoryNeed memory;
  private long tableEntries;

  private OutlineReader() {}

  /// Reads `module`.
  ///
  /// @throws ModuleException if it is malformed or refused, and why
  public static ModuleOutline read(byte[] module) throws ModuleException {
    return new OutlineReader().outline(module);
  }

  private ModuleOutline outline(byte[] module) throws ModuleException {
    Bytes all = new Bytes(module, 0, module.length);
    for (byte expected : HEADER) {
      if (all.atEnd() || (byte) all.next() != expected) {
        throw new ModuleException("not a WebAssembly module");
      }
    }
    while (!all.atEnd()) {
      int id = all.next();
      Bytes section = all.part(all.number());
      if (id >= SECTIONS.length) {
        throw new ModuleException("a section of unknown kind " + id);
      }
      try {
        section(id, section);
      } catch (ModuleException e) {
        throw new ModuleException("its " + SECTIONS[id] + " section: " + e.getMessage(), e);
      }
    }
    return new ModuleOutline(imports, exports, Optional.ofNullable(memory), tableEntries);
  }

  private void section(int id, Bytes in) throws ModuleException {
    switch (id) {
      case 1 -> types(in);
      case 2 -> imports(in);
      case 3 -> functions(in);
      case 4 -> tables(in);
      case 5 -> memories(in);
      case 7 -> exports(in);
      case 9 -> elements(in);
      case 10 -> code(in);
      case 11 -> data(in);
      default -> {}
    }
  }

  private void types(Bytes in) throws ModuleException {
    int count = in.count();
    if (count > MOST_TYPES) {
      throw new ModuleException("more than " + MOST_TYPES + " types");
    }
    for (int i = 0; i < count; i++) {
      int form = in.next();
      if (form != 0x60) {
        throw new ModuleException("garbage-collected types aren't supported here");
      }
      types.add(values(in) + "->" + values(in));
    }
  }

  private static String values(Bytes in) throws ModuleException {
    int count = in.count();
    if (count > MOST_VALUES) {
      throw new ModuleException("more than " + MOST_VALUES + " parameters or results");
    }
    StringBuilder text = new StringBuilder("(");
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : " ").append(value(in));
    }
    return text.append(')').toString();
  }

  private static String value(Bytes in) throws ModuleException {
    int code = in.next();
    return switch (code) {
      case 0x7f -> "i32";
      case 0x7e -> "i64";
      case 0x7d -> "f32";
      case 0x7c -> "f64";
      case 0x7b -> "v128";
      case 0x70 -> "funcref";
      case 0x6f -> "externref";
      case 0x69 -> "exnref";
      default -> throw new ModuleException("a value type this driver doesn't know, " + code);
    };
  }

  private void imports(Bytes in) throws ModuleException {
    int count = in.count();
    for (int i = 0; i < count; i++) {
      String module = in.name();
      String name = in.name();
      if (in.next() != 0) {
        throw new ModuleException(module + "." + name + " is imported and isn't a function");
      }
      functions.add((int) in.number());
      imports.add(new Import(module, name, signature(i)));
    }
  }

  private void functions(Bytes in) throws ModuleException {
    int count = in.count();
    if (count > MOST_FUNCTIONS) {
      throw new ModuleException("more than " + MOST_FUNCTIONS + " functions");
    }
    for (int i = 0; i < count; i++) {
      functions.add((int) in.number());
    }
  }

  private void tables(Bytes in) throws ModuleException {
    int count = in.count();
    for (int i = 0; i < count; i++) {
      boolean initialised = false;
      int type = in.next();
      if (type == 0x40) { // a table with an initial value: 40 00, its type, an expression
        initialised = true;
        in.skip(1);
        type = in.next();
      }
      if (type != 0x70 && type != 0x6f) {
        throw new ModuleException("a table of a type this driver doesn't know, " + type);
      }
      int flags = in.next();
      tableEntries += in.number();
      if ((flags & 1) != 0) {
        in.skipNumber();
      }
      if (flags > 1) {
        throw new ModuleException("shared and 64-bit tables aren't supported here");
      }
      if (initialised) {
        expression(in);
      }
      if (tableEntries > MOST_TABLE_ENTRIES) {
        throw new ModuleException("more than " + MOST_TABLE_ENTRIES + " table entries");
      }
    }
  }

  private void memories(Bytes in) throws ModuleException {
    int count = in.count();
    if (count > 1) {
      throw new ModuleException("more than one memory isn't supported here");
    }
    if (count == 1) {
      int flags = in.next();
      if (flags > 1) {
        throw new ModuleException("shared and 64-bit memories aren't supported here");
      }
      long minimum = in.number();
      long maximum = flags == 1 ? in.number() : MOST_PAGES;
      if (minimum > maximum || maximum > MOST_PAGES) {
        throw new ModuleException("a memory of " + minimum + " to " + maximum + " pages");
      }
      memory = new MemoryNeed((int) minimum, (int) maximum);
    }
  }

  private void exports(Bytes in) throws ModuleException {
    int count = in.count();
    for (int i = 0; i < count; i++) {
      String name = in.name();
      Kind kind =
          switch (in.next()) {
            case 0 -> Kind.FUNCTION;
            case 1 -> Kind.TABLE;
            case 2 -> Kind.MEMORY;
            case 3 -> Kind.GLOBAL;
            case 4 -> Kind.TAG;
            default -> throw new ModuleException("an export of unknown kind");
          };
      long index = in.number();
      String type = kind == Kind.FUNCTION ? signature(index) : "";
      if (exports.put(name, new Export(kind, type)) != null) {
        throw new ModuleException("two exports of one name");
      }
    }
  }

  private String signature(long function) throws ModuleException {
    if (function >= functions.size()) {
      throw new ModuleException("unknown function " + function);
    }
    int type = functions.get((int) function);
    if (type < 0 || type >= types.size()) {
      throw new ModuleException("unknown type " + type);
    }
    return types.get(type);
  }

  private static void elements(Bytes in) throws ModuleException {
    int segments = in.count();
    for (int i = 0; i < segments; i++) {
      int mode = (int) in.number();
      if (mode > 7) {
        throw new ModuleException("an element segment of unknown mode " + mode);
      }
      boolean active = (mode & 1) == 0;
      if (active && (mode & 2) != 0) {
        in.skipNumber(); // the table
      }
      if (active) {
        expression(in);
      }
      if ((mode & 3) != 0) {
        in.next(); // the kind or type of its elements
      }
      int count = in.count();
      for (int j = 0; j < count; j++) {
        if ((mode & 4) == 0) {
          in.skipNumber();
        } else {
          expression(in);
        }
      }
    }
  }

  private static void code(Bytes in) throws ModuleException {
    int count = in.count();
    for (int i = 0; i < count; i++) {
      long size = in.number();
      if (size > LARGEST_FUNCTION) {
        throw new ModuleException(
            "a function of " + size + " bytes, more than " + LARGEST_FUNCTION);
      }
      Bytes body = in.part(size);
      long locals = 0;
      for (int groups = body.count(); groups > 0; groups--) {
        locals += body.number();
        if (locals > MOST_LOCALS) {
          throw new ModuleException("a function of more than " + MOST_LOCALS + " local variables");
        }
        value(body);
      }
    }
  }

  private static void data(Bytes in) throws ModuleException {
    int count = in.count();
    for (int i = 0; i < count; i++) {
      int mode = (int) in.number();
      if (mode > 2) {
        throw new ModuleException("a data segment of unknown mode " + mode);
      }
      if (mode == 2) {
        in.skipNumber(); // the memory
      }
      if (mode != 1) {
        expression(in);
      }
      in.skip(in.number());
    }
  }

  /// Skips a constant expression.
  private static void expression(Bytes in) throws ModuleException {
    for (; ; ) {
      int opcode = in.next();
      switch (opcode) {
        case 0x0b -> {
          return;
        }
        case 0x41, 0x42, 0x23, 0xd2, 0xd0 ->
            in.skipNumber(); // constants, global, ref.func, ref.null
        case 0x43 -> in.skip(4);
        case 0x44 -> in.skip(8);
        case 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e -> {} // extended constants: add, subtract, multiply
        default -> throw new ModuleException("a constant expression with opcode " + opcode);
      }
    }
  }
}
