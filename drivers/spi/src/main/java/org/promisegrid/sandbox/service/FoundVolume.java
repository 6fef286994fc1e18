package org.promisegrid.sandbox.service;

/// A volume as its target tells of it.
///
/// @param name within the stack
public record FoundVolume(String stack, String name) {}
