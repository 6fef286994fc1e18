package org.promisegrid.kernel.dispatch;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.promisegrid.sandbox.Filling;
import org.promisegrid.sandbox.Fitness;
import org.promisegrid.sandbox.Offer;
import org.promisegrid.sandbox.Quote;
import org.promisegrid.sandbox.Target;
import org.promisegrid.sandbox.Trait;
import org.promisegrid.sandbox.service.ServiceSpec;
import org.promisegrid.sandbox.service.Services;

/// The targets that keep services. One is chosen by its offer as for a call, at what it is expected
/// to take to get there: how long a service runs, nobody knows.
public final class ServiceTargets {

  private final Targets targets;
  private final Rates rates;

  public ServiceTargets(Targets targets, Rates rates) {
    this.targets = targets;
    this.rates = rates;
  }

  /// One of them.
  public static final class Keeper {
    private final OpenTarget target;
    private final Services services;

    private Keeper(OpenTarget target, Services services) {
      this.target = target;
      this.services = services;
    }

    public Target target() {
      return target.target();
    }

    /// What its driver can do.
    public Services services() {
      return services;
    }

    /// Whether it can work now.
    public boolean isFit() {
      return target.fitness().status() == Fitness.Status.HEALTHY;
    }

    /// Lets the driver read secrets, until that is closed.
    public Lent lend(Collection<Filling> secrets) {
      return target.lend(secrets)::close;
    }
  }

  /// Secrets that are lent.
  public interface Lent extends AutoCloseable {
    @Override
    void close();
  }

  /// What asking for offers led to.
  public sealed interface Choice {
    /// The least expensive of those that are able.
    record Chosen(Keeper keeper, Offer offer) implements Choice {}

    /// None is able.
    record Nobody(List<Why> whys) implements Choice {}
  }

  /// Why a target isn't able.
  public record Why(Target target, String why) {}

  /// All of them, by name.
  public List<Keeper> all() {
    return targets.opened().stream()
        .filter(it -> it.traits().contains(Trait.SERVICES))
        .flatMap(it ->
            it.driver().power(Services.class).map(services -> new Keeper(it, services)).stream())
        .toList();
  }

  /// The one of this name.
  public Optional<Keeper> find(Target target) {
    return all().stream().filter(it -> it.target().equals(target)).findFirst();
  }

  /// Asks for offers.
  public Choice choose(ServiceSpec spec, Placement place, Instant now) {
    List<Why> whys = new ArrayList<>();
    Optional<Choice.Chosen> best = Optional.empty();
    long least = 0;
    for (Keeper keeper : all()) {
      Optional<String> obstacle = obstacle(keeper, place);
      if (obstacle.isPresent()) {
        whys.add(new Why(keeper.target(), obstacle.get()));
        continue;
      }
      for (Offer offer : offers(keeper, spec, now, whys)) {
        long price = price(offer);
        if (best.isEmpty() || price < least) {
          best = Optional.of(new Choice.Chosen(keeper, offer));
          least = price;
        }
      }
    }
    return best.<Choice>map(it -> it).orElseGet(() -> new Choice.Nobody(List.copyOf(whys)));
  }

  /// An offer of one target, as long as it is able.
  public Optional<Offer> offer(Keeper keeper, ServiceSpec spec, Instant now) {
    return offers(keeper, spec, now, new ArrayList<>()).stream().findFirst();
  }

  private static Optional<String> obstacle(Keeper keeper, Placement place) {
    Fitness fitness = keeper.target.fitness();
    if (!place.allows(keeper.target())) {
      return Optional.of("it isn't where this may run");
    }
    if (fitness.status() != Fitness.Status.HEALTHY) {
      return Optional.of(fitness.reason());
    }
    return fitness.labels().entrySet().containsAll(place.labels().entrySet())
        ? Optional.empty()
        : Optional.of("its labels are " + fitness.labels());
  }

  private static List<Offer> offers(Keeper keeper, ServiceSpec spec, Instant now, List<Why> whys) {
    if (!spec.devices().isEmpty() && !keeper.target.traits().contains(Trait.SERVICE_DEVICES)) {
      whys.add(
          new Why(keeper.target(), "it gives services no devices: " + spec.devices().getFirst()));
      return List.of();
    }
    Quote quote;
    try {
      quote = keeper.services().offers(spec);
    } catch (RuntimeException | LinkageError e) {
      // A third party's driver: whatever it throws, the others are still asked.
      quote = new Quote.Declined("its driver failed to quote: " + e);
    }
    return switch (quote) {
      case Quote.Declined(String reason) -> {
        whys.add(new Why(keeper.target(), reason));
        yield List.of();
      }
      case Quote.Offered(List<Offer> offers) -> {
        List<Offer> good =
            offers.stream()
                .filter(it ->
                    it.until().isAfter(now) && spec.isolation().compareTo(it.isolation()) <= 0)
                .toList();
        if (good.isEmpty()) {
          whys.add(new Why(keeper.target(), "it offers no isolation " + spec.isolation()));
        }
        yield good;
      }
    };
  }

  private long price(Offer offer) {
    return rates
        .price(
            new Estimate(
                Exact.nanos(offer.expected().setup()),
                0,
                0,
                offer.expected().memory(),
                offer.expected().moved(),
                0,
                (int) Evidence.MILLION,
                Basis.ASSUMED))
        .total();
  }

  /// Has `listener` told of each probe that finds one of them able to work, on a thread of the
  /// target's own, until it is closed.
  public void watch(Consumer<Keeper> listener) {
    for (Keeper keeper : all()) {
      Thread.ofVirtual()
          .name("services of " + keeper.target())
          .start(() -> {
            try {
              for (OptionalLong probe = keeper.target.awaitHealthy(0);
                  probe.isPresent();
                  probe = keeper.target.awaitHealthy(probe.getAsLong())) {
                listener.accept(keeper);
              }
            } catch (InterruptedException _) {
              Thread.currentThread().interrupt(); // nobody does that
            }
          });
    }
  }

  /// Asks for a probe of it, soon.
  public void probe(Target target) {
    targets.opened().stream().filter(it -> it.target().equals(target)).forEach(OpenTarget::probe);
  }
}
