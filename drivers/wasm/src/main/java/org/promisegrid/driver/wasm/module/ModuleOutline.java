package org.promisegrid.driver.wasm.module;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a module needs and offers.
///
/// @param imports functions it needs
/// @param exports what it exports, by name
/// @param memory its linear memory; absent if it has none
/// @param tableEntries entries of all its tables at the start
public record ModuleOutline(
    List<Import> imports,
    Map<String, Export> exports,
    Optional<MemoryNeed> memory,
    long tableEntries) {

  /// Bytes of a page of linear memory.
  public static final int PAGE = 1 << 16;

  public ModuleOutline {
    imports = List.copyOf(imports);
    exports = Map.copyOf(exports);
  }

  /// A function the module needs.
  ///
  /// @param type its signature as text, such as `(i32 i32)->(i64)`
  public record Import(String module, String name, String type) {
    @Override
    public String toString() {
      return module + "." + name;
    }
  }

  /// What an export is.
  public enum Kind {
    FUNCTION,
    TABLE,
    MEMORY,
    GLOBAL,
    TAG
  }

  /// One export.
  ///
  /// @param type for a function, its signature as text such as `(i32 i32)->(i64)`; else empty
  public record Export(Kind kind, String type) {}

  /// A linear memory.
  ///
  /// @param minimum pages at the start
  /// @param maximum pages it declares never to exceed
  public record MemoryNeed(int minimum, int maximum) {

    /// Bytes at the start.
    public long bytes() {
      return (long) minimum * PAGE;
    }
  }

  /// Whether it exports a function `name` of that signature.
  public boolean exportsFunction(String name, String type) {
    return new Export(Kind.FUNCTION, type).equals(exports.get(name));
  }
}
