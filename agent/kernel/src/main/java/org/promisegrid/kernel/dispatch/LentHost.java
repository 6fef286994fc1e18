package org.promisegrid.kernel.dispatch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.SandboxEvent;

/// What a driver is opened with: the agent's own host, the code of the driver's sample, which
/// needn't be stored anywhere, and an ear for what the driver tells.
final class LentHost implements Host, ContentSource {

  private final Host host;
  private final Consumer<SandboxEvent> ear;
  private volatile @Nullable Sample sample;
  private volatile boolean ended;

  LentHost(Host host, Consumer<SandboxEvent> ear) {
    this.host = host;
    this.ear = ear;
  }

  /// The agent ends, and what it lent with it.
  void end() {
    ended = true;
  }

  private void requireOpen() throws IOException {
    if (ended) {
      throw new IOException("the agent has ended");
    }
  }

  /// Lets the driver open the code of its own sample.
  void lend(Sample own) {
    sample = own;
  }

  @Override
  public NodeId node() {
    return host.node();
  }

  @Override
  public InstantSource clock() {
    return host.clock();
  }

  @Override
  public Path scratch() {
    return host.scratch();
  }

  @Override
  public ContentSource content() {
    return this;
  }

  @Override
  public void tell(SandboxEvent event) {
    host.tell(event);
    ear.accept(event);
  }

  @Override
  public InputStream open(Cid cid) throws IOException {
    requireOpen();
    Sample own = sample;
    return own != null && own.spec().form().code().equals(cid)
        ? new ByteArrayInputStream(own.code())
        : host.content().open(cid);
  }

  @Override
  public long size(Cid cid) throws IOException {
    requireOpen();
    Sample own = sample;
    return own != null && own.spec().form().code().equals(cid)
        ? own.code().length
        : host.content().size(cid);
  }
}
