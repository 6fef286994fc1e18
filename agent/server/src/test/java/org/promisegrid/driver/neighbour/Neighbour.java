package org.promisegrid.driver.neighbour;

/// What another driver must not see.
public interface Neighbour {}
