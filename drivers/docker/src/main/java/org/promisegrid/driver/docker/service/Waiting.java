package org.promisegrid.driver.docker.service;

import com.github.dockerjava.api.model.Mount;

/// A program that every container can have, whatever its image, and that waits until it is ended.
public interface Waiting {

  /// The words to run it.
  String program();

  /// What a container needs to have it.
  ///
  /// @param image any that the engine has
  Mount take(String image) throws InterruptedException;

  /// The engine turns out not to have it any more.
  void forget();

  /// Removes what was left half made of it by a process that was ended in the midst.
  ///
  /// @return how many things
  int tidy() throws InterruptedException;
}
