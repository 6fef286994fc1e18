package org.promisegrid.driver.docker.service;

import com.github.dockerjava.api.command.InspectContainerResponse;
import java.util.Optional;
import java.util.regex.Pattern;

/// Who may run under strict security: anybody but root. Users are said there by their numbers,
/// since what a name means is up to the image, which may call root anything.
final class StrictUser {

  private static final Pattern NUMBERED = Pattern.compile("[1-9][0-9]{0,9}(:.*)?");

  private StrictUser() {}

  /// Why `user` may not; empty if they may.
  ///
  /// @param user as an engine takes it: `1000`, `1000:1000`, `www-data`
  static Optional<String> refusal(String user) {
    return NUMBERED.matcher(user).matches()
        ? Optional.empty()
        : Optional.of(
            "under strict security nobody is root: a user is a number that isn't 0, not " + user);
  }

  /// Whether a container was made under strict security.
  static boolean appliesTo(InspectContainerResponse container) {
    return Boolean.TRUE.equals(container.getHostConfig().getReadonlyRootfs());
  }
}
