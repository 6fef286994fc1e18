package org.promisegrid.server.wiring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.promisegrid.kernel.Drivers;
import org.promisegrid.kernel.dispatch.Rates;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.sandbox.SandboxDriverFactory;

/// Reads the options as a start would, and tells what is wrong with them and what they are. Opens
/// nothing.
final class ConfigCheck {

  private ConfigCheck() {}

  /// What `grid config check` is told.
  ///
  /// @param wrong each with the place where it stands
  record Report(List<String> wrong, Item.Table item) {}

  static Report of(Map<String, String> environment, Properties system) {
    Path home = Sources.home(environment, system);
    List<Said> all;
    try {
      all = Sources.all(home, environment, system);
    } catch (StartException e) {
      return report(home, List.of(String.valueOf(e.getMessage())), List.of());
    }
    List<String> wrong = new ArrayList<>(Options.wrong(all));
    wrong.addAll(rates(all));
    if (wrong.isEmpty()) {
      Options options = Options.of(home, all);
      try (DriverJars jars = DriverJars.of(options)) {
        wrong.addAll(drivers(all, jars.drivers()));
        var _ = Doorway.of(options);
      } catch (StartException e) {
        wrong.add(String.valueOf(e.getMessage()));
      } catch (IOException e) {
        throw new UncheckedIOException("closing the jars of drivers", e);
      }
    }
    return report(home, wrong, all);
  }

  /// The options of each driver as that driver reads them.
  private static List<String> drivers(List<Said> all, Drivers drivers) {
    List<String> wrong = new ArrayList<>();
    Map<String, Map<String, String>> settings = new TreeMap<>();
    Map<String, Said> first = new TreeMap<>();
    for (Said said : all) {
      var driver = Option.DRIVER.matcher(said.name());
      if (driver.matches()) {
        first.putIfAbsent(driver.group(1), said);
        if (!driver.group(2).equals("enabled")) {
          settings
              .computeIfAbsent(driver.group(1), any -> new TreeMap<>())
              .put(driver.group(2), said.value());
        }
      }
    }
    first.forEach((name, said) -> {
      Optional<SandboxDriverFactory> driver =
          drivers.factories().stream().filter(each -> each.name().equals(name)).findFirst();
      if (driver.isEmpty()) {
        // A jar that was left out may have been its.
        if (!drivers.skipped().isEmpty()) {
          return;
        }
        wrong.add(said.wrong("is for a driver that isn't there"));
      } else {
        try {
          var _ = driver.get().targets(settings.getOrDefault(name, Map.of()));
        } catch (IllegalArgumentException e) {
          wrong.add(said.where() + ": grid.drivers." + name + ": " + e.getMessage());
        }
      }
    });
    return wrong;
  }

  private static List<String> rates(List<Said> all) {
    List<String> wrong = new ArrayList<>();
    for (Said said : all) {
      var rate = Option.RATES.matcher(said.name());
      if (rate.matches()) {
        try {
          var _ = Rates.from(Map.of(rate.group(1), said.value()));
        } catch (IllegalArgumentException e) {
          wrong.add(said.wrong("isn't right: " + e.getMessage()));
        }
      }
    }
    return wrong;
  }

  private static Report report(Path home, List<String> wrong, List<Said> all) {
    Map<String, Said> chosen = new TreeMap<>();
    all.forEach(said -> chosen.put(said.name(), said));
    List<Item> options = new ArrayList<>();
    for (Option option : Option.values()) {
      Said said = chosen.remove(option.title());
      options.add(
          said == null
              ? line(option.title(), option.usual(), "the default")
              : line(said.name(), said.value(), said.where()));
    }
    chosen.values().forEach(said -> options.add(line(said.name(), said.value(), said.where())));
    return new Report(
        List.copyOf(wrong),
        Item.table()
            .put("home", home.toString())
            .put("wrong", Item.array(wrong.stream().map(Item::of).toList()))
            .put("options", Item.array(options))
            .build());
  }

  private static Item line(String name, String value, String where) {
    return Item.table().put("name", name).put("value", value).put("from", where).build();
  }
}
