package org.promisegrid.driver.docker;

import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.promisegrid.driver.docker.ssh.SshFiles;
import org.promisegrid.sandbox.Target;

/// What an owner can set for this driver.
///
/// @param hosts the engines' addresses
/// @param certificates a folder with `ca.pem`, `cert.pem` and `key.pem`, by which those behind TCP
///   are known
/// @param ssh by which those behind SSH are
/// @param warm how many warm containers there may be at most on each engine
/// @param images how long an image that the agent brought stays unused; empty if for ever
/// @param binds below which folders of this host services may be given some
/// @param devices which of its devices they may be given, or below which folders
/// @param kinds which kinds of devices that have no path here, such as `nvidia.com/gpu`
record Settings(
    List<String> hosts,
    Optional<Path> certificates,
    SshFiles ssh,
    int warm,
    Optional<Duration> images,
    List<Path> binds,
    List<Path> devices,
    List<String> kinds) {

  private static final String USUALLY_WARM = "4";
  private static final Pattern KIND = Pattern.compile("[a-zA-Z0-9.-]+/[a-zA-Z0-9_-]+");
  private static final String USUALLY_KEPT = "7d";
  private static final String FOR_EVER = "always";
  private static final List<String> NAMES =
      List.of("host", "certificates", "identity", "hostkeys", "warm", "images", "binds", "devices");

  /// Settings `host`, one address or several with commas between them, `certificates`, `identity`,
  /// `hostkeys`, `warm`, `images`, `binds` and `devices`, paths with commas between them; what
  /// isn't set is found as [Whereabouts] says.
  ///
  /// @throws IllegalArgumentException if one is unknown or makes no sense
  static Settings of(Map<String, String> settings, Whereabouts whereabouts) {
    for (String name : settings.keySet()) {
      if (!NAMES.contains(name)) {
        throw new IllegalArgumentException("the docker driver has no setting " + name);
      }
    }
    Optional<Path> certificates = place(settings, "certificates", "a folder such as /etc/certs");
    SshFiles ssh =
        SshFiles.of(
            place(settings, "identity", "a file such as /etc/promisegrid/id_ed25519"),
            place(settings, "hostkeys", "a file such as /etc/ssh/ssh_known_hosts"),
            whereabouts.home());
    String warm = settings.getOrDefault("warm", USUALLY_WARM);
    if (!warm.matches("[0-9]{1,2}")) {
      throw new IllegalArgumentException("docker: warm is a number from 0 to 99, not " + warm);
    }
    int most = Integer.parseInt(warm);
    Optional<Duration> images = kept(settings.getOrDefault("images", USUALLY_KEPT));
    List<Path> binds = paths("binds", settings.getOrDefault("binds", ""), _ -> true);
    List<String> kinds = kinds(settings.getOrDefault("devices", ""));
    List<Path> devices =
        paths("devices", settings.getOrDefault("devices", ""), it -> !kinds.contains(it));
    String set = settings.get("host");
    Whereabouts.Place found =
        set == null ? whereabouts.find() : new Whereabouts.Place(set, whereabouts.certificates());
    return new Settings(
        set == null ? List.of(found.address()) : hosts(set),
        certificates.or(found::certificates),
        ssh,
        most,
        images,
        binds,
        devices,
        kinds);
  }

  private static List<String> hosts(String set) {
    List<String> hosts = Arrays.stream(set.split(",", -1)).map(String::strip).distinct().toList();
    for (String host : hosts) {
      if (!host.matches("unix:///[^?#]+|tcp://[^/?#]+/?|ssh://[^/?#]+(/[^?#]*)?")) {
        throw new IllegalArgumentException(
            "docker: host is a socket such as unix:///var/run/docker.sock, tcp://host:port or"
                + " ssh://user@host, not "
                + host);
      }
    }
    return hosts;
  }

  private static Optional<Path> place(Map<String, String> settings, String name, String meant) {
    String place = settings.get(name);
    if (place != null && !Path.of(place).isAbsolute()) {
      throw new IllegalArgumentException(
          "docker: %s is %s, absolute, not %s".formatted(name, meant, place));
    }
    return Optional.ofNullable(place).map(Path::of);
  }

  private static Optional<Duration> kept(String images) {
    if (images.equals(FOR_EVER)) {
      return Optional.empty();
    }
    if (!images.matches("[0-9]{1,6}[smhd]")) {
      throw new IllegalArgumentException(
          "docker: images is a time such as 7d, 12h, 30m or 0s, or always, not " + images);
    }
    int last = images.length() - 1;
    ChronoUnit unit =
        switch (images.charAt(last)) {
          case 's' -> ChronoUnit.SECONDS;
          case 'm' -> ChronoUnit.MINUTES;
          case 'h' -> ChronoUnit.HOURS;
          default -> ChronoUnit.DAYS;
        };
    return Optional.of(Duration.of(Long.parseLong(images.substring(0, last)), unit));
  }

  /// Those of a list that are no paths.
  private static List<String> kinds(String list) {
    return words(list).filter(it -> KIND.matcher(it).matches()).toList();
  }

  private static Stream<String> words(String list) {
    return Arrays.stream(list.split(",", -1)).map(String::strip).filter(it -> !it.isEmpty());
  }

  /// None where nothing is set.
  private static List<Path> paths(String name, String list, Predicate<String> meant) {
    return words(list)
        .filter(meant)
        .map(path -> {
          if (!path.startsWith("/")) {
            throw new IllegalArgumentException(
                "docker: " + name + " are absolute paths with commas between them, not " + path);
          }
          return Path.of(path).normalize();
        })
        .toList();
  }

  List<Target> targets() {
    return hosts.stream().map(host -> new Target("docker", host)).toList();
  }

  /// The socket that an address names; empty where it names something else.
  static Optional<Path> socket(String address) {
    return address.startsWith("unix:///")
        ? Optional.of(Path.of(address.substring("unix://".length())))
        : Optional.empty();
  }
}
