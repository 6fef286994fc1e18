package org.promisegrid.kernel.stack;

import java.util.List;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.Terms;
import org.promisegrid.kernel.message.Words;
import org.promisegrid.sandbox.Isolation;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.Published;
import org.promisegrid.sandbox.service.ServiceSpec;

/// Writes a service down as its document says: what is as by default isn't there.
final class DeclarationWriter {

  private DeclarationWriter() {}

  static Item.Table write(Declaration service) {
    Item.TableBuilder table = Item.table().put("image", service.image());
    workload(table, service.workload());
    if (service.security() != ServiceSpec.Security.STRICT) {
      table.put("security", Words.of(service.security()));
    }
    unlessEmpty(table, "limits", limits(service.allowance()));
    array(table, "ports", service.ports().stream().map(DeclarationWriter::port).toList());
    mounts(table, service.mounts());
    array(table, "networks", service.networks().stream().map(DeclarationWriter::network).toList());
    if (service.egress()) {
      table.put("egress", true);
    }
    array(table, "devices", service.devices().stream().map(Item::of).toList());
    service.health().ifPresent(health -> table.put("health", health(health)));
    if (service.replicas() != 1) {
      table.put("replicas", service.replicas());
    }
    unlessEmpty(table, "restart", restart(service.restart()));
    unlessEmpty(table, "stop", stop(service.ending()));
    unlessEmpty(table, "log", log(service.log()));
    if (!service.running()) {
      table.put("running", false);
    }
    Terms.builder()
        .place(service.place().drivers(), service.place().labels())
        .build()
        .toItem()
        .get("place")
        .ifPresent(place -> table.put("place", place));
    if (service.isolation() != Isolation.SANDBOX) {
      table.put("isolation", Words.of(service.isolation()));
    }
    return table.build();
  }

  private static void workload(Item.TableBuilder table, ServiceSpec.Workload workload) {
    workload.entrypoint().ifPresent(words -> table.put("entrypoint", texts(words)));
    workload.command().ifPresent(words -> table.put("command", texts(words)));
    Item.TableBuilder environment = Item.table();
    workload.environment().forEach(environment::put);
    unlessEmpty(table, "environment", environment.build());
    workload.user().ifPresent(user -> table.put("user", user));
    workload.directory().ifPresent(directory -> table.put("directory", directory));
  }

  private static Item.Table limits(ServiceSpec.Allowance allowance) {
    Item.TableBuilder limits = Item.table();
    if (allowance.memory() != Declaration.ALLOWANCE.memory()) {
      limits.put("memory", allowance.memory());
    }
    if (allowance.processor() != Declaration.ALLOWANCE.processor()) {
      limits.put("cpus", allowance.processor());
    }
    if (allowance.processes() != Declaration.ALLOWANCE.processes()) {
      limits.put("pids", allowance.processes());
    }
    return limits.build();
  }

  static Item port(Published port) {
    Item.TableBuilder table = Item.table().put("inside", port.inside());
    if (port.transport() != Published.Transport.TCP) {
      table.put("transport", Words.of(port.transport()));
    }
    if (!port.address().equals(DeclarationReader.LOOPBACK)) {
      table.put("address", port.address());
    }
    if (port.port() != 0) {
      table.put("port", port.port());
    }
    return table.build();
  }

  private static void mounts(Item.TableBuilder table, Declaration.Mounts mounts) {
    Item.TableBuilder volumes = Item.table();
    mounts.volumes().forEach(volume -> volumes.put(volume.name(), volume(volume)));
    unlessEmpty(table, "volumes", volumes.build());
    array(table, "binds", mounts.binds().stream().map(DeclarationWriter::bind).toList());
    Item.TableBuilder files = Item.table();
    mounts.files().forEach(file -> files.put(file.path(), file(file)));
    unlessEmpty(table, "files", files.build());
    Item.TableBuilder secrets = Item.table();
    mounts.secrets().forEach(secret -> secrets.put(secret.name(), secret.path()));
    unlessEmpty(table, "secrets", secrets.build());
  }

  private static Item volume(Mounted.Volume volume) {
    if (!volume.readOnly() && !volume.external()) {
      return Item.of(volume.path());
    }
    Item.TableBuilder table = Item.table().put("path", volume.path());
    flag(table, "readonly", volume.readOnly());
    flag(table, "external", volume.external());
    return table.build();
  }

  private static Item bind(Mounted.Bind bind) {
    Item.TableBuilder table = Item.table().put("source", bind.source()).put("path", bind.path());
    flag(table, "readonly", bind.readOnly());
    return table.build();
  }

  private static Item file(Mounted.File file) {
    Item.TableBuilder table = Item.table().put("content", file.content());
    if (file.mode() != DeclarationReader.MODE) {
      table.put("mode", file.mode());
    }
    return table.build();
  }

  private static Item network(Declaration.Joined network) {
    return network.external()
        ? Item.table().put("name", network.name()).put("external", true).build()
        : Item.of(network.name());
  }

  private static Item health(Health health) {
    Item.TableBuilder table = Item.table();
    switch (health.check()) {
      case Health.Check.Http(int port, String path) ->
          table.put("http", Item.table().put("port", port).put("path", path).build());
      case Health.Check.Tcp(int port) -> table.put("tcp", port);
      case Health.Check.Exec(List<String> words) -> table.put("exec", texts(words));
    }
    if (!health.every().equals(Health.EVERY)) {
      table.put("every", health.every().toMillis());
    }
    if (!health.timeout().equals(Health.TIMEOUT)) {
      table.put("timeout", health.timeout().toMillis());
    }
    if (health.retries() != Health.RETRIES) {
      table.put("retries", health.retries());
    }
    if (!health.within().equals(Health.WITHIN)) {
      table.put("within", health.within().toMillis());
    }
    return table.build();
  }

  private static Item.Table restart(Restart restart) {
    Item.TableBuilder table = Item.table();
    if (restart.policy() != Restart.DEFAULT.policy()) {
      table.put("policy", Words.of(restart.policy()));
    }
    if (restart.most() != 0) {
      table.put("most", restart.most());
    }
    if (!restart.within().equals(Restart.DEFAULT.within())) {
      table.put("within", restart.within().toMillis());
    }
    return table.build();
  }

  private static Item.Table stop(ServiceSpec.StopTerms ending) {
    Item.TableBuilder table = Item.table();
    ending.signal().ifPresent(signal -> table.put("signal", signal));
    if (!ending.grace().equals(Declaration.ENDING.grace())) {
      table.put("grace", ending.grace().toMillis());
    }
    return table.build();
  }

  private static Item.Table log(ServiceSpec.LogTerms log) {
    Item.TableBuilder table = Item.table();
    if (log.size() != Declaration.LOG.size()) {
      table.put("size", log.size());
    }
    if (log.files() != Declaration.LOG.files()) {
      table.put("files", log.files());
    }
    return table.build();
  }

  private static Item texts(List<String> texts) {
    return Item.array(texts.stream().map(Item::of).toList());
  }

  private static void flag(Item.TableBuilder table, String name, boolean value) {
    if (value) {
      table.put(name, true);
    }
  }

  private static void array(Item.TableBuilder table, String name, List<? extends Item> items) {
    if (!items.isEmpty()) {
      table.put(name, Item.array(items));
    }
  }

  private static void unlessEmpty(Item.TableBuilder table, String name, Item.Table value) {
    if (!value.entries().isEmpty()) {
      table.put(name, value);
    }
  }
}
