package org.promisegrid.kernel.dispatch;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Form;
import org.promisegrid.sandbox.Invocation;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.Limits;
import org.promisegrid.sandbox.Port;
import org.promisegrid.sandbox.SandboxId;

/// One run that is wanted: checked, coerced and authorised.
///
/// @param run names this run; its sandbox is named after it, so that running it twice meets
///   `CONFLICT`
/// @param issuer whose turn it takes in queues
/// @param artifact what learning remembers it by: the function's CID, or its code's
/// @param forms in the descriptor's order, which decides between equals
/// @param pure whether the result depends on arguments and input alone: it may then run again
/// @param idempotent whether it may run again for another reason
/// @param kept exit codes that keep the function's promise
/// @param anyAllowed whether the owner's token or binding allows [Isolation#ANY]; without it at
///   least [Isolation#SANDBOX] is asked for
/// @param port the workload's way to the grid
/// @param limits of the run itself, however long its callers wait
/// @param isolation the least that is asked for
/// @param slots what fills the function's slots
/// @param cap the highest price; unbounded if empty
/// @param deadline when callers stop waiting: targets that can't be done by then aren't able, and
///   queues are left then; a run that has started goes on
public record Order(
    Cid run,
    String issuer,
    Cid artifact,
    List<Form> forms,
    boolean pure,
    boolean idempotent,
    Set<Integer> kept,
    Invocation invocation,
    Input input,
    Port port,
    Limits limits,
    Isolation isolation,
    boolean anyAllowed,
    Map<String, Filling> slots,
    Placement placement,
    OptionalLong cap,
    Optional<Instant> deadline) {

  public Order {
    forms = List.copyOf(forms);
    kept = Set.copyOf(kept);
    slots = Map.copyOf(slots);
    if (forms.isEmpty()) {
      throw new IllegalArgumentException("an order has a form");
    }
    if (pure && !slots.isEmpty()) {
      throw new IllegalArgumentException("a pure function has no slots");
    }
  }

  /// Starts an order of what isn't pure, has no input and arguments, keeps its promise by exiting
  /// 0, and runs anywhere under default limits in a sandbox.
  public static Builder of(Cid run, String issuer, Cid artifact, List<Form> forms) {
    return new Builder(run, issuer, artifact, forms);
  }

  /// The name of its sandbox: the text of a CID is a sandbox id.
  SandboxId sandbox() {
    return new SandboxId(run.toString());
  }

  /// The least isolation that will do.
  Isolation least() {
    return isolation == Isolation.ANY && !anyAllowed ? Isolation.SANDBOX : isolation;
  }

  /// Whether it may run again after contact was lost.
  boolean repeatable() {
    return pure || idempotent;
  }

  /// Collects what differs from the default.
  public static final class Builder {
    private final Cid run;
    private final String issuer;
    private final Cid artifact;
    private final List<Form> forms;
    private boolean pure;
    private boolean idempotent;
    private Set<Integer> kept = Set.of(0);
    private Invocation invocation = Invocation.of();
    private Input input = Input.none();
    private Port port = Port.closed();
    private Limits limits = Limits.DEFAULT;
    private Isolation isolation = Isolation.SANDBOX;
    private boolean anyAllowed;
    private Map<String, Filling> slots = Map.of();
    private Placement placement = Placement.ANYWHERE;
    private OptionalLong cap = OptionalLong.empty();
    private Optional<Instant> deadline = Optional.empty();

    private Builder(Cid run, String issuer, Cid artifact, List<Form> forms) {
      this.run = run;
      this.issuer = issuer;
      this.artifact = artifact;
      this.forms = forms;
    }

    public Builder pure(boolean value) {
      pure = value;
      return this;
    }

    public Builder idempotent(boolean value) {
      idempotent = value;
      return this;
    }

    public Builder kept(Set<Integer> value) {
      kept = value;
      return this;
    }

    public Builder invocation(Invocation value) {
      invocation = value;
      return this;
    }

    public Builder input(Input value) {
      input = value;
      return this;
    }

    public Builder port(Port value) {
      port = value;
      return this;
    }

    public Builder limits(Limits value) {
      limits = value;
      return this;
    }

    public Builder isolation(Isolation value) {
      isolation = value;
      return this;
    }

    public Builder anyAllowed(boolean value) {
      anyAllowed = value;
      return this;
    }

    public Builder slots(Map<String, Filling> value) {
      slots = value;
      return this;
    }

    public Builder placement(Placement value) {
      placement = value;
      return this;
    }

    /// In micro-units.
    public Builder cap(long value) {
      cap = OptionalLong.of(value);
      return this;
    }

    public Builder deadline(Instant value) {
      deadline = Optional.of(value);
      return this;
    }

    public Order build() {
      return new Order(
          run,
          issuer,
          artifact,
          forms,
          pure,
          idempotent,
          kept,
          invocation,
          input,
          port,
          limits,
          isolation,
          anyAllowed,
          slots,
          placement,
          cap,
          deadline);
    }
  }
}
