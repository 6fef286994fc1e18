package org.promisegrid.driver.docker.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.promisegrid.sandbox.Cid;
import org.promisegrid.sandbox.DriverException;
import org.promisegrid.sandbox.DriverException.Kind;
import org.promisegrid.sandbox.service.Mounted;
import org.promisegrid.sandbox.service.ServiceSpec;

/// Which files and secrets a service is given, as its container's labels tell: any process may
/// start it again. Each lies in its volume under its number.
///
/// @param owner whose they are there
/// @param secrets their names
record Given(FileOwner owner, List<File> files, List<String> secrets) {

  private static final String OWNER = "grid.files.owner";
  private static final String FILES = "grid.files";
  private static final String SECRETS = "grid.secrets";

  Given {
    files = List.copyOf(files);
    secrets = List.copyOf(secrets);
  }

  /// Content, with its permissions.
  record File(Cid content, int mode) {}

  static boolean isAny(ServiceSpec spec) {
    return !files(spec).isEmpty() || !secrets(spec).isEmpty();
  }

  static List<Mounted.File> files(ServiceSpec spec) {
    return of(spec, Mounted.File.class);
  }

  static List<Mounted.Secret> secrets(ServiceSpec spec) {
    return of(spec, Mounted.Secret.class);
  }

  private static <T> List<T> of(ServiceSpec spec, Class<T> kind) {
    return spec.mounts().stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  static Given of(ServiceSpec spec, FileOwner owner) {
    return new Given(
        owner,
        files(spec).stream().map(file -> new File(file.content(), file.mode())).toList(),
        secrets(spec).stream().map(Mounted.Secret::name).toList());
  }

  Map<String, String> labels() {
    Map<String, String> labels = new TreeMap<>();
    labels.put(OWNER, owner.toString());
    if (!files.isEmpty()) {
      List<String> words = new ArrayList<>();
      files.forEach(file -> words.add(file.content() + ":" + Integer.toOctalString(file.mode())));
      labels.put(FILES, String.join(" ", words));
    }
    if (!secrets.isEmpty()) {
      labels.put(SECRETS, String.join(" ", secrets));
    }
    return labels;
  }

  static Given of(Map<String, String> labels) {
    List<File> files = new ArrayList<>();
    for (String word : words(labels.get(FILES))) {
      String[] parts = word.split(":", 2);
      try {
        files.add(new File(Cid.parse(parts[0]), Integer.parseInt(parts[1], 8)));
      } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
        throw new DriverException(Kind.BROKEN, "a label " + FILES + " that isn't ours", e);
      }
    }
    return new Given(
        FileOwner.parse(labels.getOrDefault(OWNER, "0:0")), files, words(labels.get(SECRETS)));
  }

  private static List<String> words(@org.jspecify.annotations.Nullable String label) {
    return label == null ? List.of() : List.of(label.split(" "));
  }
}
