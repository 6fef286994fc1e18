package org.promisegrid.driver.wasm.engine;

import java.util.Optional;

/// Keeps one module's compiled code from one process to the next.
public interface CodeStore {

  /// What was kept, exactly as it was; empty if there is none.
  Optional<byte[]> load();

  void store(byte[] code);

  /// Drops what was kept: it turned out not to work.
  void discard();

  /// Keeps nothing.
  static CodeStore none() {
    return new CodeStore() {
      @Override
      public Optional<byte[]> load() {
        return Optional.empty();
      }

      @Override
      public void store(byte[] code) {}

      @Override
      public void discard() {}
    };
  }
}
