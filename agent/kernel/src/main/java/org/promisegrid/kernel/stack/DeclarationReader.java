package org.promisegrid.kernel.stack;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.ServiceSpec;

/// Takes apart what is wanted of a service.
final class DeclarationReader {

  static final String LOOPBACK = "127.0.0.1";
  static final int MODE = 0444;

  /// What other systems' services may ask for, and those here mustn't.
  private static final Set<String> NEVER =
      Set.of(
          "privileged",
          "network_mode",
          "pid",
          "ipc",
          "uts",
          "userns_mode",
          "cap_add",
          "security_opt",
          "cgroup_parent",
          "sysctls",
          "volumes_from",
          "group_add");

  private static final String KNOWN =
      "image, entrypoint, command, environment, user, directory, security, limits, ports, volumes,"
          + " binds, files, secrets, networks, egress, devices, health, replicas, restart, stop,"
          + " log, running, place, isolation";

  private static final Pattern DEVICE =
      Pattern.compile(Entries.SOURCE.pattern() + "|[a-zA-Z0-9.-]+/[a-zA-Z0-9_-]+=[a-zA-Z0-9_.:-]+");
  private static final Pattern SIGNAL = Pattern.compile("SIG[A-Z0-9+-]{2,12}");
  private static final Pattern ADDRESS = Pattern.compile("[0-9a-fA-F.:]{2,45}");
  private static final Pattern VARIABLE = Pattern.compile("[^=\\x00]{1,256}");
  private static final Pattern USER =
      Pattern.compile("[a-zA-Z0-9_.-]{1,64}(:[a-zA-Z0-9_.-]{1,64})?");
  private static final Pattern HTTP_PATH = Pattern.compile("/[\\x21-\\x7e]{0,1023}");

  private DeclarationReader() {}

  static Declaration read(Fields fields) throws MalformedException {
    Cid image = image(fields);
    try {
      Declaration service =
          new Declaration(
              image,
              workload(fields),
              fields
                  .word("security", ServiceSpec.Security.class)
                  .orElse(ServiceSpec.Security.STRICT),
              limits(fields.table("limits")),
              ports(Entries.list(fields, "ports")),
              MountsReader.read(fields),
              networks(Entries.list(fields, "networks")),
              fields.bool("egress").orElse(false),
              devices(fields),
              health(fields.table("health")),
              (int) fields.number("replicas", 1, Declaration.MOST_REPLICAS).orElse(1),
              restart(fields.table("restart")),
              stop(fields.table("stop")),
              log(fields.table("log")),
              fields.bool("running").orElse(true),
              place(fields.table("place")),
              fields.word("isolation", Isolation.class).orElse(Isolation.SANDBOX));
      end(fields);
      return service;
    } catch (IllegalArgumentException e) {
      throw new MalformedException("service: " + e.getMessage(), e);
    }
  }

  private static Cid image(Fields fields) throws MalformedException {
    Optional<Item> image = fields.item("image");
    if (image.isEmpty()) {
      throw new MalformedException("service has no image");
    }
    if (image.get() instanceof Item.Link(Cid archive)) {
      return archive;
    }
    throw new MalformedException(
        "service: image is not a link to its archive, or to what names it by its digest (document"
            + " image), which is put as content first");
  }

  private static void end(Fields fields) throws MalformedException {
    for (Item key : fields.rest().entries().keySet()) {
      if (key instanceof Item.Text(String name)) {
        throw new MalformedException(
            NEVER.contains(name)
                ? "service: " + name + " isn't something that a service may ask; it has: " + KNOWN
                : "service has no " + Entries.shorten(name) + "; it has: " + KNOWN);
      }
    }
    fields.end();
  }

  private static ServiceSpec.Workload workload(Fields fields) throws MalformedException {
    Map<String, String> environment = new TreeMap<>();
    for (Map.Entry<String, Item> each : Entries.entries(fields, "environment").entrySet()) {
      environment.put(
          Entries.matching(VARIABLE, each.getKey(), "environment: a variable's name"),
          Entries.text(each.getValue(), "environment: " + Entries.shorten(each.getKey())));
    }
    Optional<String> user = fields.text("user");
    Optional<String> directory = fields.text("directory");
    return new ServiceSpec.Workload(
        Entries.texts(fields, "entrypoint"),
        Entries.texts(fields, "command"),
        environment,
        user.isPresent() ? Optional.of(Entries.matching(USER, user.get(), "user")) : user,
        directory.isPresent()
            ? Optional.of(Entries.path(directory.get(), "directory"))
            : directory);
  }

  private static ServiceSpec.Allowance limits(Optional<Item.Table> table)
      throws MalformedException {
    if (table.isEmpty()) {
      return Declaration.ALLOWANCE;
    }
    Fields fields = Fields.of(table.get(), "limits");
    ServiceSpec.Allowance limits =
        new ServiceSpec.Allowance(
            fields.number("memory", 4 << 20, 1L << 50).orElse(Declaration.ALLOWANCE.memory()),
            (int) fields.number("cpus", 1, 1_000_000).orElse(Declaration.ALLOWANCE.processor()),
            (int) fields.number("pids", 1, 1 << 22).orElse(Declaration.ALLOWANCE.processes()));
    fields.end();
    return limits;
  }

  private static List<Published> ports(List<Item> items) throws MalformedException {
    List<Published> ports = new ArrayList<>();
    for (Item item : items) {
      Fields fields = Fields.of(item, "ports");
      String address = fields.text("address").orElse(LOOPBACK);
      ports.add(
          new Published(
              (int) fields.requiredNumber("inside", 1, 65_535),
              fields.word("transport", Published.Transport.class).orElse(Published.Transport.TCP),
              Entries.matching(ADDRESS, address, "ports: address"),
              (int) fields.number("port", 1, 65_535).orElse(0)));
      fields.end();
    }
    ports.sort(
        Comparator.comparingInt(Published::inside)
            .thenComparing(Published::transport)
            .thenComparing(Published::address)
            .thenComparingInt(Published::port));
    return Entries.distinct(ports, "ports");
  }

  private static List<Declaration.Joined> networks(List<Item> items) throws MalformedException {
    List<Declaration.Joined> networks = new ArrayList<>();
    for (Item item : items) {
      if (item instanceof Item.Text(String name)) {
        networks.add(
            new Declaration.Joined(
                Entries.matching(Entries.NAME, name, "networks: a name"), false));
      } else {
        Fields fields = Fields.of(item, "networks");
        networks.add(
            new Declaration.Joined(
                Entries.matching(Entries.NAME, fields.requiredText("name"), "networks: a name"),
                fields.bool("external").orElse(false)));
        fields.end();
      }
    }
    networks.sort(
        Comparator.comparing(Declaration.Joined::name).thenComparing(Declaration.Joined::external));
    return Entries.distinct(networks, "networks");
  }

  private static Optional<Health> health(Optional<Item.Table> table) throws MalformedException {
    if (table.isEmpty()) {
      return Optional.empty();
    }
    Fields fields = Fields.of(table.get(), "health");
    List<Health.Check> checks = new ArrayList<>();
    Optional<Item.Table> http = fields.table("http");
    if (http.isPresent()) {
      Fields get = Fields.of(http.get(), "health: http");
      int port = (int) get.requiredNumber("port", 1, 65_535);
      checks.add(
          new Health.Check.Http(
              port, Entries.matching(HTTP_PATH, get.requiredText("path"), "health: http: path")));
      get.end();
    }
    fields.number("tcp", 1, 65_535).ifPresent(port -> checks.add(new Health.Check.Tcp((int) port)));
    Entries.texts(fields, "exec").ifPresent(words -> checks.add(new Health.Check.Exec(words)));
    if (checks.size() != 1) {
      throw new MalformedException("health is one of http, tcp and exec");
    }
    Health health =
        new Health(
            checks.getFirst(),
            Entries.time(fields, "every", 100, Health.EVERY),
            Entries.time(fields, "timeout", 1, Health.TIMEOUT),
            (int) fields.number("retries", 1, 1000).orElse(Health.RETRIES),
            Entries.time(fields, "within", 0, Health.WITHIN));
    fields.end();
    return Optional.of(health);
  }

  private static Restart restart(Optional<Item.Table> table) throws MalformedException {
    if (table.isEmpty()) {
      return Restart.DEFAULT;
    }
    Fields fields = Fields.of(table.get(), "restart");
    Restart restart =
        new Restart(
            fields.word("policy", Restart.Policy.class).orElse(Restart.DEFAULT.policy()),
            (int) fields.number("most", 1, 1_000_000).orElse(0),
            Entries.time(fields, "within", 1, Restart.DEFAULT.within()));
    fields.end();
    return restart;
  }

  private static ServiceSpec.StopTerms stop(Optional<Item.Table> table) throws MalformedException {
    if (table.isEmpty()) {
      return Declaration.ENDING;
    }
    Fields fields = Fields.of(table.get(), "stop");
    Optional<String> signal = fields.text("signal");
    ServiceSpec.StopTerms stop =
        new ServiceSpec.StopTerms(
            signal.isPresent()
                ? Optional.of(Entries.matching(SIGNAL, signal.get(), "stop: signal"))
                : signal,
            Entries.time(fields, "grace", 0, Declaration.ENDING.grace()));
    fields.end();
    return stop;
  }

  private static ServiceSpec.LogTerms log(Optional<Item.Table> table) throws MalformedException {
    if (table.isEmpty()) {
      return Declaration.LOG;
    }
    Fields fields = Fields.of(table.get(), "log");
    ServiceSpec.LogTerms log =
        new ServiceSpec.LogTerms(
            fields.number("size", 4096, 1L << 40).orElse(Declaration.LOG.size()),
            (int) fields.number("files", 1, 1000).orElse(Declaration.LOG.files()));
    fields.end();
    return log;
  }

  private static Terms.Place place(Optional<Item.Table> table) throws MalformedException {
    return table.isEmpty()
        ? Terms.Place.ANYWHERE
        : Terms.decode(Item.table().put("place", table.get()).build()).place();
  }

  private static List<String> devices(Fields fields) throws MalformedException {
    List<String> devices = new ArrayList<>();
    for (String device : Entries.texts(fields, "devices").orElse(List.of())) {
      devices.add(Entries.matching(DEVICE, device, "devices"));
    }
    devices.sort(Comparator.naturalOrder());
    return Entries.distinct(devices, "devices");
  }
}
