package org.promisegrid.driver.docker.image;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
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

  /// By which engines know the image: what it says of itself names its layers by what they are.
  String id() {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(config);
      return "sha256:" + HexFormat.of().formatHex(sum);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
