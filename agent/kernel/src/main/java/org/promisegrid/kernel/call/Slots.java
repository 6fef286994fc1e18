package org.promisegrid.kernel.call;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.promisegrid.kernel.function.Slot;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.message.Terms.Fill;
import org.promisegrid.kernel.secret.SecretName;
import org.promisegrid.kernel.secret.SecretStore;
import org.promisegrid.kernel.syscall.Refusal;
import org.promisegrid.kernel.token.Authority;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.NodeId;

/// Fills a function's slots with what the terms say: what the caller names, by the caller's own
/// authority; what a binding names, by that of whoever made the name point to it.
final class Slots {

  private static final System.Logger LOG = System.getLogger(Slots.class.getName());

  private final NodeId node;
  private final SecretStore secrets;

  Slots(NodeId node, SecretStore secrets) {
    this.node = node;
    this.secrets = secrets;
  }

  /// @param slots what the function has
  /// @param terms of call and binding together
  /// @param own names of the slots that the caller fills
  Map<String, Filling> fill(
      Map<String, Slot> slots, Terms terms, Set<String> own, Authority authority) throws Refusal {
    Map<String, Filling> filled = new TreeMap<>();
    Set<String> paths = new TreeSet<>();
    for (Map.Entry<String, Fill> each : terms.slots().entrySet()) {
      String name = each.getKey();
      Slot slot = slots.get(name);
      if (slot == null) {
        throw Refusal.invalid("slots." + name, "a slot of the function", "it has no slot " + name);
      }
      if (!(each.getValue() instanceof Fill.Secret(String text))) {
        throw Refusal.unsupported("this node doesn't do that yet: a slot that no secret fills");
      }
      if (!(slot instanceof Slot.Secret(String path, _))) {
        throw Refusal.invalid("slots." + name, "what fits the slot", "it isn't for a secret");
      }
      if (!paths.add(path)) {
        throw Refusal.invalid("slots." + name, "a path of its own", "two secrets at " + path);
      }
      require(secret(name, text), own.contains(name), authority);
      filled.put(name, new Filling.Secret(text, path));
    }
    for (Map.Entry<String, Slot> each : slots.entrySet()) {
      if (!each.getValue().optional() && !filled.containsKey(each.getKey())) {
        throw Refusal.invalid(
            "slots." + each.getKey(), "filled", "the function needs its slot " + each.getKey());
      }
    }
    return filled;
  }

  private static SecretName secret(String slot, String text) throws Refusal {
    try {
      return new SecretName(text);
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("slots." + slot, "a secret", String.valueOf(e.getMessage()));
    }
  }

  private void require(SecretName secret, boolean own, Authority authority) throws Refusal {
    if (own && !authority.covers(secret.cid(node), Set.of())) {
      throw Refusal.absent(); // whether there is one or not
    }
    if (!secrets.has(secret)) {
      throw own
          ? Refusal.absent()
          : new Refusal(Reason.UNABLE, "a secret that its binding names isn't here any more");
    }
    Optional<String> damage = secrets.damage(secret.text());
    if (damage.isPresent()) {
      // No target's fault, and where it lies is for the agent's owner.
      LOG.log(System.Logger.Level.ERROR, damage.get());
      throw new Refusal(
          Reason.UNABLE,
          (own ? "the secret " + secret : "a secret that its binding names")
              + " is damaged: it must be put again");
    }
  }
}
