package org.promisegrid.driver.docker.service;

import com.github.dockerjava.api.model.DeviceRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.promisegrid.sandbox.service.ServiceSpec;

/// Devices that are no path of the host but a kind and which of it, as the Container Device
/// Interface writes them: `nvidia.com/gpu=all`. What they come to is the engine's to know; it is
/// asked for them where it has said that it does.
public final class NamedDevices {

  /// What NVIDIA's runtime gives, on engines that don't know the interface themselves.
  private static final String GPU = "nvidia.com/gpu";

  private static final String RUNTIME = "nvidia";
  private static final String INTERFACE = "cdi";
  private static final int ALL = -1;

  private static final Pattern NAME =
      Pattern.compile("(?<kind>[a-zA-Z0-9.-]+/[a-zA-Z0-9_-]+)=(?<which>[a-zA-Z0-9_.:-]+)");

  private final List<String> allowed;
  private volatile Set<String> runtimes = Set.of();
  private volatile boolean knows;

  /// @param allowed the kinds that services may be given
  public NamedDevices(List<String> allowed) {
    this.allowed = List.copyOf(allowed);
  }

  /// What the engine says of itself.
  ///
  /// @param runtimes that it has, by name
  /// @param knows whether it knows the interface
  void learn(Set<String> runtimes, boolean knows) {
    this.runtimes = Set.copyOf(runtimes);
    this.knows = knows;
  }

  /// Whether it is one of these, and no path.
  static boolean is(String device) {
    return !device.startsWith("/");
  }

  /// Why a service can't have what it asks for; empty if it can.
  Optional<String> refusal(ServiceSpec spec) {
    return spec.devices().stream()
        .filter(NamedDevices::is)
        .flatMap(device -> refusal(device).stream())
        .findFirst();
  }

  private Optional<String> refusal(String device) {
    Matcher name = NAME.matcher(device);
    if (!name.matches()) {
      return Optional.of(
          device + " is neither a path nor a device by its kind, such as " + GPU + "=all");
    }
    String kind = name.group("kind");
    if (!allowed.contains(kind)) {
      return Optional.of("device " + device + " isn't one that grid.drivers.docker.devices allows");
    }
    return knows || (kind.equals(GPU) && runtimes.contains(RUNTIME))
        ? Optional.empty()
        : Optional.of(
            "device "
                + device
                + ": the engine has no runtime for it, only "
                + String.join(", ", new TreeSet<>(runtimes)));
  }

  /// Why a container that was made with such a request isn't started; empty if it may be.
  Optional<String> refusal(DeviceRequest request) {
    List<String> ids = request.getDeviceIds() == null ? List.of() : request.getDeviceIds();
    return INTERFACE.equals(request.getDriver())
        ? ids.stream().flatMap(each -> refusal(each).stream()).findFirst()
        : refusal(GPU + "=all");
  }

  /// What the engine is asked for.
  List<DeviceRequest> requests(ServiceSpec spec) {
    List<String> names = spec.devices().stream().filter(NamedDevices::is).toList();
    List<DeviceRequest> requests = new ArrayList<>();
    if (names.isEmpty()) {
      return requests;
    }
    if (knows) {
      requests.add(new DeviceRequest().withDriver(INTERFACE).withDeviceIds(names));
      return requests;
    }
    Set<String> which = new LinkedHashSet<>();
    for (String name : names) {
      which.add(name.substring(name.indexOf('=') + 1));
    }
    DeviceRequest gpus =
        new DeviceRequest().withDriver(RUNTIME).withCapabilities(List.of(List.of("gpu")));
    requests.add(
        which.contains("all") ? gpus.withCount(ALL) : gpus.withDeviceIds(List.copyOf(which)));
    return requests;
  }
}
