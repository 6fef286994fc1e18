package org.promisegrid.driver.memory;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.promisegrid.sandbox.Ending;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Found;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Power;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Sample;
import org.promisegrid.sandbox.Sandbox;
import org.promisegrid.sandbox.SandboxDriver;
import org.promisegrid.sandbox.SandboxId;
import org.promisegrid.sandbox.SandboxSpec;
import org.promisegrid.sandbox.State;
import org.promisegrid.sandbox.Stdio;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;

/// A driver that does what another does. What a [Mutation] overrides, it does wrong.
class ThroughDriver implements SandboxDriver {

  final SandboxDriver to;

  ThroughDriver(SandboxDriver to) {
    this.to = to;
  }

  // What passes through it, on its way in and out.

  SandboxSpec spec(SandboxSpec spec) {
    return spec;
  }

  Invocation invocation(Invocation invocation) {
    return invocation;
  }

  Stdio stdio(Stdio stdio) {
    return stdio;
  }

  Ending ending(Ending ending) {
    return ending;
  }

  State state(State state) {
    return state instanceof State.Ended(Ending ending) ? new State.Ended(ending(ending)) : state;
  }

  Sandbox sandbox(Sandbox sandbox) {
    return new ThroughSandbox(sandbox, this);
  }

  // A driver.

  @Override
  public Target target() {
    return to.target();
  }

  @Override
  public Set<Trait> traits() {
    return to.traits();
  }

  @Override
  public Set<String> forms() {
    return to.forms();
  }

  @Override
  public Fitness probe() throws InterruptedException {
    return to.probe();
  }

  @Override
  public Quote offers(SandboxSpec spec) {
    return to.offers(spec);
  }

  @Override
  public Sandbox create(SandboxId id, SandboxSpec spec, Offer offer) throws InterruptedException {
    return sandbox(to.create(id, spec(spec), offer));
  }

  @Override
  public List<Found> list() throws InterruptedException {
    return to.list().stream().map(it -> new Found(it.id(), state(it.state()))).toList();
  }

  @Override
  public Optional<Sandbox> adopt(SandboxId id) throws InterruptedException {
    return to.adopt(id).map(this::sandbox);
  }

  @Override
  public Sample sample() {
    return to.sample();
  }

  @Override
  public <P extends Power> Optional<P> power(Class<P> type) {
    return to.power(type);
  }

  @Override
  public void close() {
    to.close();
  }
}
