package org.promisegrid.driver.docker.image;

import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.ContainerConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An image that the engine has, and what it says about running it.
///
/// @param id as the engine names it
/// @param entrypoint the program and its first arguments; may be empty
/// @param command the program where there is no entrypoint, else arguments for want of others
/// @param environment variables
/// @param directory where it runs
/// @param user who runs it; empty for root
/// @param volumes folders that it wants to write
public record LoadedImage(
    String id,
    List<String> entrypoint,
    List<String> command,
    Map<String, String> environment,
    Optional<String> directory,
    String user,
    Set<String> volumes) {

  private static final Set<String> TAKEN = Set.of("proc", "sys", "dev", ".grid");

  public LoadedImage {
    entrypoint = List.copyOf(entrypoint);
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
    volumes = Set.copyOf(volumes);
  }

  /// What the engine says of it.
  static LoadedImage of(InspectImageResponse image) {
    ContainerConfig config = image.getConfig();
    if (config == null) {
      config = new ContainerConfig();
    }
    Map<String, String> environment = new LinkedHashMap<>();
    for (String variable : list(config.getEnv())) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        environment.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    String directory = config.getWorkingDir();
    Map<String, ?> volumes = config.getVolumes();
    return new LoadedImage(
        String.valueOf(image.getId()),
        list(config.getEntrypoint()),
        list(config.getCmd()),
        environment,
        directory == null || directory.isEmpty() ? Optional.empty() : Optional.of(directory),
        config.getUser() == null ? "" : config.getUser(),
        volumes == null ? Set.of() : volumes.keySet());
  }

  private static List<String> list(String @Nullable [] words) {
    return words == null ? List.of() : Arrays.asList(words);
  }

  /// Whether it says what is to be run.
  public boolean hasProgram() {
    return !entrypoint.isEmpty() || !command.isEmpty();
  }

  /// A folder that it says it writes to, and that is the system's in every container, or the
  /// agent's; empty if it names none.
  public Optional<String> misplacedVolume() {
    return volumes.stream().filter(LoadedImage::isTaken).sorted().findFirst();
  }

  private static boolean isTaken(String volume) {
    Path path = Path.of("/", volume).normalize();
    return path.getNameCount() == 0 || TAKEN.contains(path.getName(0).toString());
  }

  /// What is run, the program first: as `docker run` puts them together where there is an
  /// entrypoint. Without one the command is the program, which no argument can take the place of.
  public List<String> words(List<String> arguments) {
    List<String> words = new ArrayList<>(entrypoint);
    if (entrypoint.isEmpty() || arguments.isEmpty()) {
      words.addAll(command);
    }
    words.addAll(arguments);
    return words;
  }
}
