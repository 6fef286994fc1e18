package org.promisegrid.sandbox.service;

import java.util.regex.Pattern;

/// Whose sandbox it is, among a node's services: what it is labelled with on its target.
///
/// @param stack 1 to 40 of `a-z 0-9 -`, beginning with a letter
/// @param service its name within the stack, of the same shape; others of the stack reach it by
///   that name
/// @param replica from 0
public record ServicePlace(String stack, String service, int replica) {

  /// What stacks and services are called.
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");

  /// @throws IllegalArgumentException if a name has another shape, or the replica is negative
  public ServicePlace {
    if (!NAME.matcher(stack).matches() || !NAME.matcher(service).matches() || replica < 0) {
      throw new IllegalArgumentException(
          "not a service's place: " + stack + "/" + service + "/" + replica);
    }
  }

  @Override
  public String toString() {
    return stack + "/" + service + (replica == 0 ? "" : "/" + replica);
  }
}
