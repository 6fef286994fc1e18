package org.promisegrid.kernel.dispatch;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.SandboxEvent;
import org.promisegrid.sandbox.Secrets;

/// What a driver is opened with: the agent's own host, the code of the driver's sample, which
/// needn't be stored anywhere, and an ear for what the driver tells.
final class LentHost implements Host, ContentSource, Secrets {

  private final Host host;
  private final Consumer<SandboxEvent> ear;
  private volatile @Nullable Sample sample;
  private volatile boolean ended;

  /// How many sandboxes each secret is lent to.
  private final Map<String, Integer> lent = new HashMap<>();

  LentHost(Host host, Consumer<SandboxEvent> ear) {
    this.host = host;
    this.ear = ear;
  }

  /// Lets the driver read the secrets among `fillings`, until that is closed: longer than a sandbox
  /// they are put into, they are none of its business.
  Loan lend(Collection<Filling> fillings) {
    List<String> names =
        fillings.stream()
            .filter(Filling.Secret.class::isInstance)
            .map(filling -> ((Filling.Secret) filling).name())
            .toList();
    synchronized (lent) {
      names.forEach(name -> lent.merge(name, 1, Integer::sum));
    }
    return () -> {
      synchronized (lent) {
        names.forEach(
            name -> lent.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1));
      }
    };
  }

  /// Secrets that are lent.
  interface Loan extends AutoCloseable {
    @Override
    void close();
  }

  @Override
  public Secrets secrets() {
    return this;
  }

  @Override
  public byte[] read(String name) throws IOException {
    requireOpen();
    synchronized (lent) {
      if (!lent.containsKey(name)) {
        throw new FileNotFoundException("no secret " + name + " was lent");
      }
    }
    return host.secrets().read(name);
  }

  /// What opens a registry needn't be lent: it goes to that registry, and into no sandbox.
  @Override
  public Optional<byte[]> registry(String address) throws IOException {
    requireOpen();
    return host.secrets().registry(address);
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
