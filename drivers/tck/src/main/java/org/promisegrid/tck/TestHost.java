package org.promisegrid.tck;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.promisegrid.sandbox.ContentSource;
import org.promisegrid.sandbox.Host;
import org.promisegrid.sandbox.NodeId;
import org.promisegrid.sandbox.SandboxEvent;
import org.promisegrid.sandbox.Secrets;

/// What the suite lends a driver. Its clock is a year ahead of this machine's, so that a driver
/// which asks the machine instead of its host is found out.
public final class TestHost implements Host {

  private static final Duration AHEAD = Duration.ofDays(365);

  private final NodeId node;
  private final Path scratch;
  private final ContentSource content;
  private final TestSecrets secrets;
  private final InstantSource clock = Clock.offset(Clock.systemUTC(), AHEAD);
  private final List<SandboxEvent> told = new CopyOnWriteArrayList<>();

  /// @param scratch an empty directory
  public TestHost(NodeId node, Path scratch, ContentSource content) {
    this(node, scratch, content, new TestSecrets());
  }

  /// @param scratch an empty directory
  public TestHost(NodeId node, Path scratch, ContentSource content, TestSecrets secrets) {
    this.secrets = secrets;
    this.node = node;
    this.scratch = scratch;
    this.content = content;
  }

  @Override
  public NodeId node() {
    return node;
  }

  @Override
  public InstantSource clock() {
    return clock;
  }

  @Override
  public Path scratch() {
    return scratch;
  }

  @Override
  public ContentSource content() {
    return content;
  }

  @Override
  public Secrets secrets() {
    return secrets;
  }

  @Override
  public void tell(SandboxEvent event) {
    told.add(event);
  }

  /// What the driver told so far.
  public List<SandboxEvent> told() {
    return List.copyOf(told);
  }
}
