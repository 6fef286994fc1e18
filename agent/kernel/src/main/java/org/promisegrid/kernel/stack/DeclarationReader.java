package org.promisegrid.kernel.stack;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
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
import org.promisegrid.kernel.secret.SecretName;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.ServiceSpec;

/// Takes apart what is wanted of a service.
final class DeclarationReader {

  static final String LOOPBACK = "127.0.0.1";
  static final int MODE = 0444;

  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final int LONGEST = 4096;
  private static final int MOST_ENTRIES = 256;

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

  // Printable ASCII, as wherever a path gets into an engine's own syntax; a bind's source as well.
  private static final Pattern PATH =
      Pattern.compile("(?:/(?!\\.{1,2}(?:/|$))[\\x21-\\x7e&&[^/:,]]+)+");
  private static final Pattern SOURCE =
      Pattern.compile("/|(?:/(?!\\.{1,2}(?:/|$))[\\x20-\\x7e&&[^/]]+)+");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}");
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
              ports(list(fields, "ports")),
              mounts(fields),
              networks(list(fields, "networks")),
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
                : "service has no " + shorten(name) + "; it has: " + KNOWN);
      }
    }
    fields.end();
  }

  private static ServiceSpec.Workload workload(Fields fields) throws MalformedException {
    Map<String, String> environment = new TreeMap<>();
    for (Map.Entry<String, Item> each : entries(fields, "environment").entrySet()) {
      environment.put(
          matching(VARIABLE, each.getKey(), "environment: a variable's name"),
          text(each.getValue(), "environment: " + shorten(each.getKey())));
    }
    Optional<String> user = fields.text("user");
    Optional<String> directory = fields.text("directory");
    return new ServiceSpec.Workload(
        texts(fields, "entrypoint"),
        texts(fields, "command"),
        environment,
        user.isPresent() ? Optional.of(matching(USER, user.get(), "user")) : user,
        directory.isPresent() ? Optional.of(path(directory.get(), "directory")) : directory);
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
            (int) fields.number("cpus", 1, 1_000_000).orElse(0),
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
              matching(ADDRESS, address, "ports: address"),
              (int) fields.number("port", 1, 65_535).orElse(0)));
      fields.end();
    }
    ports.sort(
        Comparator.comparingInt(Published::inside)
            .thenComparing(Published::transport)
            .thenComparing(Published::address)
            .thenComparingInt(Published::port));
    return distinct(ports, "ports");
  }

  private static Declaration.Mounts mounts(Fields fields) throws MalformedException {
    List<Mounted.Volume> volumes = new ArrayList<>();
    for (Map.Entry<String, Item> each : entries(fields, "volumes").entrySet()) {
      String name = matching(NAME, each.getKey(), "volumes: a name");
      if (each.getValue() instanceof Item.Text(String path)) {
        volumes.add(new Mounted.Volume(name, path(path, "volumes"), false, false));
      } else {
        Fields volume = Fields.of(each.getValue(), "volumes");
        volumes.add(
            new Mounted.Volume(
                name,
                path(volume.requiredText("path"), "volumes"),
                volume.bool("readonly").orElse(false),
                volume.bool("external").orElse(false)));
        volume.end();
      }
    }
    List<Mounted.Bind> binds = new ArrayList<>();
    for (Item item : list(fields, "binds")) {
      Fields bind = Fields.of(item, "binds");
      binds.add(
          new Mounted.Bind(
              matching(SOURCE, bind.requiredText("source"), "binds: source"),
              path(bind.requiredText("path"), "binds: path"),
              bind.bool("readonly").orElse(false)));
      bind.end();
    }
    binds.sort(Comparator.comparing(Mounted.Bind::path));
    List<Mounted.File> files = new ArrayList<>();
    for (Map.Entry<String, Item> each : entries(fields, "files").entrySet()) {
      Fields file = Fields.of(each.getValue(), "files");
      files.add(
          new Mounted.File(
              file.requiredLink("content"),
              path(each.getKey(), "files"),
              (int) file.number("mode", 0, 0777).orElse(MODE)));
      file.end();
    }
    List<Mounted.Secret> secrets = new ArrayList<>();
    for (Map.Entry<String, Item> each : entries(fields, "secrets").entrySet()) {
      secrets.add(
          new Mounted.Secret(
              new SecretName(each.getKey()).text(),
              path(text(each.getValue(), "secrets"), "secrets")));
    }
    return new Declaration.Mounts(volumes, binds, files, secrets);
  }

  private static List<Declaration.Joined> networks(List<Item> items) throws MalformedException {
    List<Declaration.Joined> networks = new ArrayList<>();
    for (Item item : items) {
      if (item instanceof Item.Text(String name)) {
        networks.add(new Declaration.Joined(matching(NAME, name, "networks: a name"), false));
      } else {
        Fields fields = Fields.of(item, "networks");
        networks.add(
            new Declaration.Joined(
                matching(NAME, fields.requiredText("name"), "networks: a name"),
                fields.bool("external").orElse(false)));
        fields.end();
      }
    }
    networks.sort(
        Comparator.comparing(Declaration.Joined::name).thenComparing(Declaration.Joined::external));
    return distinct(networks, "networks");
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
              port, matching(HTTP_PATH, get.requiredText("path"), "health: http: path")));
      get.end();
    }
    fields.number("tcp", 1, 65_535).ifPresent(port -> checks.add(new Health.Check.Tcp((int) port)));
    texts(fields, "exec").ifPresent(words -> checks.add(new Health.Check.Exec(words)));
    if (checks.size() != 1) {
      throw new MalformedException("health is one of http, tcp and exec");
    }
    Health health =
        new Health(
            checks.getFirst(),
            time(fields, "every", 100, Health.EVERY),
            time(fields, "timeout", 1, Health.TIMEOUT),
            (int) fields.number("retries", 1, 1000).orElse(Health.RETRIES),
            time(fields, "within", 0, Health.WITHIN));
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
            time(fields, "within", 1, Restart.DEFAULT.within()));
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
                ? Optional.of(matching(SIGNAL, signal.get(), "stop: signal"))
                : signal,
            time(fields, "grace", 0, Declaration.ENDING.grace()));
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

  private static Duration time(Fields fields, String name, long least, Duration otherwise)
      throws MalformedException {
    return Duration.ofMillis(fields.number(name, least, DAY).orElse(otherwise.toMillis()));
  }

  private static List<Item> list(Fields fields, String name) throws MalformedException {
    return bounded(fields.array(name).orElse(List.of()), name);
  }

  private static List<Item> bounded(List<Item> items, String name) throws MalformedException {
    if (items.size() > MOST_ENTRIES) {
      throw new MalformedException(name + ": more than " + MOST_ENTRIES);
    }
    return items;
  }

  private static Map<String, Item> entries(Fields fields, String name) throws MalformedException {
    Item.Table table = fields.table(name).orElse(Item.EMPTY);
    if (table.entries().size() > MOST_ENTRIES) {
      throw new MalformedException(name + ": more than " + MOST_ENTRIES);
    }
    Map<String, Item> entries = new TreeMap<>();
    for (Map.Entry<Item, Item> entry : table.entries().entrySet()) {
      if (!(entry.getKey() instanceof Item.Text(String key))) {
        throw new MalformedException(name + ": a name is not text");
      }
      entries.put(key, entry.getValue());
    }
    return entries;
  }

  private static Optional<List<String>> texts(Fields fields, String name)
      throws MalformedException {
    Optional<List<Item>> items = fields.array(name);
    if (items.isEmpty()) {
      return Optional.empty();
    }
    bounded(items.get(), name);
    List<String> texts = new ArrayList<>();
    for (Item item : items.get()) {
      texts.add(text(item, name));
    }
    return Optional.of(texts);
  }

  private static List<String> devices(Fields fields) throws MalformedException {
    List<String> devices = new ArrayList<>();
    for (String device : texts(fields, "devices").orElse(List.of())) {
      devices.add(matching(SOURCE, device, "devices"));
    }
    devices.sort(Comparator.naturalOrder());
    return distinct(devices, "devices");
  }

  private static String text(Item item, String what) throws MalformedException {
    if (!(item instanceof Item.Text(String text))
        || text.indexOf('\0') >= 0
        || text.length() > LONGEST * 8) {
      throw new MalformedException(what + " is not text without NUL, of at most 32,768 characters");
    }
    return text;
  }

  private static String path(String text, String what) throws MalformedException {
    return matching(PATH, text, what + ": a path, absolute, without empty, . and .. parts,");
  }

  private static String matching(Pattern pattern, String text, String what)
      throws MalformedException {
    if (text.length() > LONGEST || !pattern.matcher(text).matches()) {
      throw new MalformedException(what + " is not " + shorten(text));
    }
    return text;
  }

  private static <T> List<T> distinct(List<T> values, String what) throws MalformedException {
    if (new HashSet<>(values).size() != values.size()) {
      throw new MalformedException(what + ": one stands there twice");
    }
    return values;
  }

  private static String shorten(String text) {
    String shown = text.length() <= 60 ? text : text.substring(0, 60) + "…";
    return shown.replaceAll("[^\\x20-\\x7e…]", "?");
  }
}
