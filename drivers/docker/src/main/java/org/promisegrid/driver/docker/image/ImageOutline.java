package org.promisegrid.driver.docker.image;

import java.util.List;

/// What an archive says of its image.
///
/// @param config the image's configuration, as it stands there
/// @param layers names of the archive's entries, lowest layer first; one may come twice
@SuppressWarnings("ArrayRecordComponent") // never compared
record ImageOutline(byte[] config, List<String> layers) {

  ImageOutline {
    config = config.clone();
    layers = List.copyOf(layers);
  }

  @Override
  public byte[] config() {
    return config.clone();
  }
}
