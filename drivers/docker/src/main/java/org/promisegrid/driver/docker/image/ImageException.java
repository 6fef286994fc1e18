package org.promisegrid.driver.docker.image;

/// Bytes that are no image, or none that can run here.
final class ImageException extends Exception {

  private static final long serialVersionUID = 1;

  ImageException(String message) {
    super(message);
  }
}
