package org.promisegrid.sandbox;

import java.util.Optional;
import org.promisegrid.sandbox.service.Services;

/// What a driver can ever do, whatever state its target is in.
public enum Trait {
  /// Its sandboxes live on when the agent ends, and can be adopted.
  OUTLIVES_AGENT,
  /// What a workload writes is kept with its sandbox, for whoever adopts it: its sandboxes have the
  /// power [Attach]. Only beside [#OUTLIVES_AGENT].
  KEEPS_OUTPUT(Attach.class),
  /// It makes a pure workload's surroundings constant (clock, randomness, environment, files), so
  /// that a receipt may say `enforced`; without it purity is only `promised`.
  ENFORCES_PURITY,
  /// It ends a workload that crosses [Limits#memory] with `Exceeded(MEMORY)`.
  LIMITS_MEMORY,
  /// A workload can send grid messages through the [Port] it was started with.
  PORT,
  /// It can fill [Filling.Secret] slots.
  SECRET_SLOTS,
  /// It can fill [Filling.Volume] slots.
  VOLUME_SLOTS,
  /// It can fill [Filling.Listen] slots.
  LISTEN_SLOTS,
  /// It can fill [Filling.Egress] slots.
  EGRESS_SLOTS,
  /// Its driver has the power [Prepare].
  PREPARE(Prepare.class),
  /// Its driver has the power [Images].
  IMAGES(Images.class),
  /// Its driver has the power [ImageBuilder].
  BUILDS_IMAGES(ImageBuilder.class),
  /// Its sandboxes have the power [Stats].
  STATS(Stats.class),
  /// Its driver has the power [Services].
  SERVICES(Services.class),
  /// Its services run as users, and files have owners and modes: what of a sandbox is theirs to
  /// write or read is as their spec says.
  SERVICE_USERS,
  /// Its services have networks of their own: they are reached by published ports, and within a
  /// stack by name.
  SERVICE_NETWORKS,
  /// A program beside a service can have a terminal.
  SERVICE_TERMINALS,
  /// Its services can be given devices of its target's host, where the owner's settings allow them.
  SERVICE_DEVICES;

  private final Optional<Class<? extends Power>> power;

  Trait() {
    this.power = Optional.empty();
  }

  Trait(Class<? extends Power> power) {
    this.power = Optional.of(power);
  }

  /// The power that is present exactly when this trait is.
  public Optional<Class<? extends Power>> power() {
    return power;
  }
}
