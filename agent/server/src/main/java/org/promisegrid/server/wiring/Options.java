package org.promisegrid.server.wiring;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.promisegrid.kernel.content.Amount;

/// What the owner chose, checked; see [Sources] for where.
public final class Options {

  private final Path home;
  private final Map<Option, String> chosen;
  private final Map<String, Map<String, String>> drivers;
  private final Map<String, String> rates;

  private Options(
      Path home,
      Map<Option, String> chosen,
      Map<String, Map<String, String>> drivers,
      Map<String, String> rates) {
    this.home = home;
    this.chosen = Map.copyOf(chosen);
    this.drivers = Map.copyOf(drivers);
    this.rates = Map.copyOf(rates);
  }

  /// Reads what stands in all places.
  ///
  /// @throws StartException if an option is unknown or makes no sense; names each, with its place
  public static Options read(Map<String, String> environment, Properties system) {
    Path home = Sources.home(environment, system);
    List<Said> all = Sources.all(home, environment, system);
    List<String> wrong = wrong(all);
    if (!wrong.isEmpty()) {
      throw new StartException(String.join("\n      ", wrong), null);
    }
    return of(home, all);
  }

  /// What is wrong with what was said, also with what is overruled elsewhere.
  static List<String> wrong(List<Said> all) {
    List<String> wrong = new ArrayList<>();
    for (Said said : all) {
      if (said.name().equals(Sources.HOME)) {
        wrong.add(said.wrong("can't stand in the home itself"));
      } else if (!Option.DRIVER.matcher(said.name()).matches()
          && !Option.RATES.matcher(said.name()).matches()) {
        Optional<Option> option = Option.named(said.name());
        if (option.isEmpty()) {
          wrong.add(said.wrong("is unknown"));
        } else {
          option.get().complaint(said.value()).ifPresent(why -> wrong.add(said.wrong(why)));
        }
      }
    }
    return wrong;
  }

  /// @param all with nothing [wrong][#wrong]
  static Options of(Path home, List<Said> all) {
    Map<Option, String> chosen = new EnumMap<>(Option.class);
    Map<String, Map<String, String>> drivers = new TreeMap<>();
    Map<String, String> rates = new TreeMap<>();
    for (Said said : all) {
      var driver = Option.DRIVER.matcher(said.name());
      var rate = Option.RATES.matcher(said.name());
      if (driver.matches()) {
        drivers
            .computeIfAbsent(driver.group(1), any -> new TreeMap<>())
            .put(driver.group(2), said.value());
      } else if (rate.matches()) {
        rates.put(rate.group(1), said.value());
      } else {
        Option.named(said.name()).ifPresent(option -> chosen.put(option, said.value()));
      }
    }
    return new Options(home, chosen, drivers, rates);
  }

  /// The data folder.
  public Path home() {
    return home;
  }

  /// The port of HTTP; 0 takes a free one.
  public int port() {
    return read(Option.PORT, Integer.class);
  }

  /// The address to listen at.
  public String host() {
    return text(Option.HOST);
  }

  /// Names by which browsers and proxies may call this host, besides the loopback ones.
  public List<String> names() {
    return Pattern.compile("\\s*,\\s*")
        .splitAsStream(text(Option.NAMES))
        .filter(name -> !name.isEmpty())
        .map(name -> name.toLowerCase(Locale.ROOT))
        .toList();
  }

  /// Folders of jars with further drivers, besides the home's own.
  public List<Path> driverFolders() {
    return Arrays.stream(text(Option.DRIVER_PATH).split(":", -1))
        .filter(folder -> !folder.isEmpty())
        .map(Path::of)
        .toList();
  }

  /// Settings by driver.
  public Map<String, Map<String, String>> drivers() {
    return drivers;
  }

  /// What the owner charges.
  public Map<String, String> rates() {
    return rates;
  }

  String text(Option option) {
    return read(option, String.class);
  }

  Duration time(Option option) {
    return read(option, Duration.class);
  }

  /// How often; empty for never.
  Optional<Duration> period(Option option) {
    Duration period = time(option);
    return period.isZero() ? Optional.empty() : Optional.of(period);
  }

  Amount amount(Option option) {
    return read(option, Amount.class);
  }

  /// A count, or a size in bytes.
  long number(Option option) {
    return read(option, Long.class);
  }

  private <T> T read(Option option, Class<T> type) {
    return option.read(type, chosen.getOrDefault(option, option.usual()));
  }
}
