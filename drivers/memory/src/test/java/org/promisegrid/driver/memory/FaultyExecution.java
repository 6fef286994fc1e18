package org.promisegrid.driver.memory;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.promisegrid.sandbox.service.ExecSpec;
import org.promisegrid.sandbox.service.Execution;

/// A program beside a service, of which something is told wrong.
///
/// @param codes whether its exit code is; else the streams that it wrote to
record FaultyExecution(Execution to, boolean codes) implements Execution {

  @Override
  public OutputStream input() {
    return to.input();
  }

  @Override
  public Optional<Piece> next() throws IOException {
    Optional<Piece> next = to.next();
    return codes ? next : next.map(it -> new Piece(false, it.bytes()));
  }

  @Override
  public void resize(ExecSpec.Size size) throws InterruptedException {
    to.resize(size);
  }

  @Override
  public int code() throws InterruptedException {
    int code = to.code();
    return codes ? 0 : code;
  }

  @Override
  public void close() {
    to.close();
  }
}
