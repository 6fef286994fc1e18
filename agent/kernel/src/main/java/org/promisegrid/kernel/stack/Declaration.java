package org.promisegrid.kernel.stack;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Message;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.ServiceSpec;

/// What is wanted of one service.
///
/// @param image the archive that it is made of, or what names it in a registry
/// @param workload what is run, where it isn't as the image says
/// @param security how much is taken from it
/// @param allowance the most it may use
/// @param ports what can be reached from outside; sorted, distinct
/// @param mounts volumes, folders of the host, files and secrets; their paths are distinct
/// @param networks of the stack, or of the target; sorted, distinct
/// @param egress whether it reaches the world
/// @param devices of the host; sorted, distinct
/// @param health how it is found out that it works
/// @param replicas how many of it there are
/// @param restart when it is started again
/// @param ending how it is asked to end
/// @param log how much of what it writes is kept
/// @param running false where it was stopped
/// @param place where it may run
/// @param isolation the least that will do
public record Declaration(
    Cid image,
    ServiceSpec.Workload workload,
    ServiceSpec.Security security,
    ServiceSpec.Allowance allowance,
    List<Published> ports,
    Mounts mounts,
    List<Joined> networks,
    boolean egress,
    List<String> devices,
    Optional<Health> health,
    int replicas,
    Restart restart,
    ServiceSpec.StopTerms ending,
    ServiceSpec.LogTerms log,
    boolean running,
    Terms.Place place,
    Isolation isolation) {

  /// The most replicas.
  public static final int MOST_REPLICAS = 100;

  static final ServiceSpec.Allowance ALLOWANCE = new ServiceSpec.Allowance(1L << 30, 1000, 1024);
  static final ServiceSpec.StopTerms ENDING =
      new ServiceSpec.StopTerms(Optional.empty(), Duration.ofSeconds(10));
  static final ServiceSpec.LogTerms LOG = new ServiceSpec.LogTerms(10L << 20, 3);

  /// What lies in its file system besides the image; each list in the order of its encoding.
  public record Mounts(
      List<Mounted.Volume> volumes,
      List<Mounted.Bind> binds,
      List<Mounted.File> files,
      List<Mounted.Secret> secrets) {

    /// @throws IllegalArgumentException if two things lie at one path
    public Mounts {
      volumes = List.copyOf(volumes);
      binds = List.copyOf(binds);
      files = List.copyOf(files);
      secrets = List.copyOf(secrets);
      Set<String> paths = new HashSet<>();
      Stream.of(volumes, binds, files, secrets)
          .flatMap(List::stream)
          .map(Mounted::path)
          .forEach(path -> {
            if (!paths.add(path)) {
              throw new IllegalArgumentException("two things lie at " + path);
            }
          });
    }

    /// All of them.
    public List<Mounted> all() {
      return Stream.of(volumes, binds, files, secrets).<Mounted>flatMap(List::stream).toList();
    }
  }

  /// A network that it is in.
  ///
  /// @param external it is the target's, and the agent's neither to make nor to remove
  public record Joined(String name, boolean external) {}

  /// @throws IllegalArgumentException if it contradicts itself
  public Declaration {
    ports = List.copyOf(ports);
    networks = List.copyOf(networks);
    devices = List.copyOf(devices);
    if (replicas < 1 || replicas > MOST_REPLICAS) {
      throw new IllegalArgumentException("replicas are 1 to " + MOST_REPLICAS);
    }
    if (replicas > 1 && ports.stream().anyMatch(port -> port.port() != 0)) {
      throw new IllegalArgumentException(
          "replicas can't have one port of the host: leave out its number, and each gets its own");
    }
  }

  /// Reads what is wanted, in whichever order and with whatever defaults written out.
  ///
  /// @throws MalformedException that says what is wrong
  public static Declaration of(Item item) throws MalformedException {
    return DeclarationReader.read(Fields.of(item, "service"));
  }

  /// The one encoding: defaults are left out.
  public Item.Table toItem() {
    return DeclarationWriter.write(this);
  }

  /// The same, to run or to be stopped.
  public Declaration running(boolean wanted) {
    return with(health, replicas, restart, wanted);
  }

  /// Names what its sandboxes are made from: it is the same while nothing changes that a sandbox
  /// would have to be made anew for.
  public Cid source() {
    Declaration made = with(Optional.empty(), 1, Restart.DEFAULT, true);
    return Message.of(Stack.PROTOCOL, made.toItem()).cid();
  }

  private Declaration with(
      Optional<Health> health, int replicas, Restart restart, boolean running) {
    return new Declaration(
        image, workload, security, allowance, ports, mounts, networks, egress, devices, health,
        replicas, restart, ending, log, running, place, isolation);
  }
}
