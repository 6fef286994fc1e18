package org.promisegrid.sandbox;

/// A limit of [Limits] whose crossing ends a run.
public enum Limit {
  TIME,
  MEMORY,
  OUTPUT
}
