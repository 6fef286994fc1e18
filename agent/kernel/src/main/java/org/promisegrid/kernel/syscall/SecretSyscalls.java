package org.promisegrid.kernel.syscall;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.promisegrid.kernel.ledger.SecretBook;
import org.promisegrid.kernel.message.Answer.Reason;
import org.promisegrid.kernel.message.Call;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Input;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.secret.DamagedKeyException;
import org.promisegrid.kernel.secret.DamagedSecretException;
import org.promisegrid.kernel.secret.SecretName;
import org.promisegrid.kernel.secret.SecretStore;
import org.promisegrid.sandbox.NodeId;

/// `secret.put`, `secret.list`, `secret.remove`, `secret.rekey`. There is none that gives a secret
/// away: they come out in sandboxes only.
public final class SecretSyscalls {

  private final NodeId node;
  private final SecretStore secrets;

  public SecretSyscalls(NodeId node, SecretStore secrets) {
    this.node = node;
    this.secrets = secrets;
  }

  /// By name.
  public Map<String, Syscall> all() {
    return Map.of(
        "secret.put", new Put(),
        "secret.list", Syscall.of("secret.list", _ -> secrets.list(), (_, all) -> list(all)),
        "secret.remove", Syscall.of("secret.remove", SecretSyscalls::name, this::remove),
        "secret.rekey", Syscall.of("secret.rekey", _ -> secrets, (caller, _) -> rekey(caller)));
  }

  private static SecretName name(Fields params) throws MalformedException {
    return new SecretName(params.requiredText("name"));
  }

  private final class Put implements Syscall {

    @Override
    public void check(Call.Request call) throws Refusal {
      var _ = named(call);
      if (!(call.input() instanceof Input.None)) {
        // A call's name is made of its bytes: whoever sees it could try what fits.
        throw Refusal.invalid("a secret comes behind its call, never in it");
      }
    }

    private static SecretName named(Call.Request call) throws Refusal {
      return Syscall.read(
          "secret.put",
          call,
          params -> {
            var _ = params.number("size", 0, Long.MAX_VALUE); // the transport has read it
            return name(params);
          });
    }

    @Override
    public Kept run(Caller caller, Call.Request call, Optional<Body> body) throws Refusal {
      SecretName name = named(call);
      if (body.isEmpty()) {
        throw new Refusal(Reason.MALFORMED, "secret.put takes bytes behind the call");
      }
      byte[] secret = read(body.get());
      try {
        long version = secrets.put(name, secret, caller.principal());
        return new Kept(Item.table().put("name", name.text()).put("version", version).build());
      } catch (DamagedKeyException e) {
        throw new Refusal(Reason.CONFLICT, String.valueOf(e.getMessage()));
      } finally {
        Arrays.fill(secret, (byte) 0);
      }
    }
  }

  private static byte[] read(Body body) throws Refusal {
    byte[] secret;
    try {
      secret = body.bytes().readNBytes(SecretName.MOST_BYTES + 1);
    } catch (IOException e) {
      throw Refusal.invalid("the secret didn't arrive: " + e.getMessage());
    }
    if (secret.length > SecretName.MOST_BYTES) {
      throw new Refusal(
          Reason.TOO_LARGE, "a secret has at most " + SecretName.MOST_BYTES + " bytes");
    }
    if (body.size().isPresent() && body.size().getAsLong() != secret.length) {
      throw Refusal.invalid("the secret didn't arrive as a whole");
    }
    return secret;
  }

  private Syscall.Kept list(List<SecretBook.Known> all) {
    List<Item> lines = new ArrayList<>();
    for (SecretBook.Known each : all) {
      Item.TableBuilder line =
          Item.table()
              .put("name", each.name())
              .put("secret", new SecretName(each.name()).cid(node))
              .put("version", each.version())
              .put("by", each.by())
              .put("changed", each.at().toEpochMilli());
      secrets.damage(each.name()).ifPresent(why -> line.put("damaged", why));
      lines.add(line.build());
    }
    return new Syscall.Kept(Item.table().put("secrets", Item.array(lines)).build());
  }

  private Syscall.Kept remove(Caller caller, SecretName name) throws Refusal {
    if (!secrets.remove(name, caller.principal())) {
      throw Refusal.absent();
    }
    return new Syscall.Kept(Item.table().put("name", name.text()).build());
  }

  private Syscall.Kept rekey(Caller caller) throws Refusal {
    try {
      return new Syscall.Kept(
          Item.table().put("secrets", secrets.rekey(caller.principal())).build());
    } catch (DamagedSecretException e) {
      throw new Refusal(Reason.CONFLICT, e.getMessage() + "; put it again, or remove it, first");
    } catch (DamagedKeyException e) {
      throw new Refusal(Reason.CONFLICT, String.valueOf(e.getMessage()));
    }
  }
}
