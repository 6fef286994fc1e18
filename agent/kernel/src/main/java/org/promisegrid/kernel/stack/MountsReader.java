package org.promisegrid.kernel.stack;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.promisegrid.kernel.message.Fields;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.kernel.secret.SecretName;
import org.promisegrid.sandbox.service.Mounted;

/// Takes apart what lies in a service's file system.
final class MountsReader {

  private MountsReader() {}

  static Declaration.Mounts read(Fields fields) throws MalformedException {
    return new Declaration.Mounts(volumes(fields), binds(fields), files(fields), secrets(fields));
  }

  private static List<Mounted.Volume> volumes(Fields fields) throws MalformedException {
    List<Mounted.Volume> volumes = new ArrayList<>();
    for (Map.Entry<String, Item> each : Entries.entries(fields, "volumes").entrySet()) {
      String name = Entries.matching(Entries.NAME, each.getKey(), "volumes: a name");
      if (each.getValue() instanceof Item.Text(String path)) {
        volumes.add(new Mounted.Volume(name, Entries.path(path, "volumes"), false, false));
      } else {
        Fields volume = Fields.of(each.getValue(), "volumes");
        volumes.add(
            new Mounted.Volume(
                name,
                Entries.path(volume.requiredText("path"), "volumes"),
                volume.bool("readonly").orElse(false),
                volume.bool("external").orElse(false)));
        volume.end();
      }
    }
    return volumes;
  }

  private static List<Mounted.Bind> binds(Fields fields) throws MalformedException {
    List<Mounted.Bind> binds = new ArrayList<>();
    for (Item item : Entries.list(fields, "binds")) {
      Fields bind = Fields.of(item, "binds");
      binds.add(
          new Mounted.Bind(
              Entries.matching(Entries.SOURCE, bind.requiredText("source"), "binds: source"),
              Entries.path(bind.requiredText("path"), "binds: path"),
              bind.bool("readonly").orElse(false)));
      bind.end();
    }
    binds.sort(Comparator.comparing(Mounted.Bind::path));
    return binds;
  }

  private static List<Mounted.File> files(Fields fields) throws MalformedException {
    List<Mounted.File> files = new ArrayList<>();
    for (Map.Entry<String, Item> each : Entries.entries(fields, "files").entrySet()) {
      Fields file = Fields.of(each.getValue(), "files");
      files.add(
          new Mounted.File(
              file.requiredLink("content"),
              Entries.path(each.getKey(), "files"),
              (int) file.number("mode", 0, 0777).orElse(DeclarationReader.MODE)));
      file.end();
    }
    return files;
  }

  private static List<Mounted.Secret> secrets(Fields fields) throws MalformedException {
    List<Mounted.Secret> secrets = new ArrayList<>();
    for (Map.Entry<String, Item> each : Entries.entries(fields, "secrets").entrySet()) {
      secrets.add(
          new Mounted.Secret(
              new SecretName(each.getKey()).text(),
              Entries.path(Entries.text(each.getValue(), "secrets"), "secrets")));
    }
    return secrets;
  }
}
