package org.promisegrid.driver.docker.image;

/// What an engine's containers run on.
///
/// @param os such as `linux`
/// @param architecture as images have it, such as `amd64`
public record Platform(String os, String architecture) {

  @Override
  public String toString() {
    return os + "/" + architecture;
  }
}
