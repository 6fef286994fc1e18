package org.promisegrid.driver.docker.image;

import java.util.List;

/// What an archive says of its image.
final class ImageOutline {

  private final byte[] config;
  private final List<String> layers;

  /// @param config the image's configuration, as it stands there
  /// @param layers names of the archive's entries, lowest layer first; one may come twice
  ImageOutline(byte[] config, List<String> layers) {
    this.config = config.clone();
    this.layers = List.copyOf(layers);
  }

  /// A copy.
  byte[] config() {
    return config.clone();
  }

  List<String> layers() {
    return layers;
  }
}
