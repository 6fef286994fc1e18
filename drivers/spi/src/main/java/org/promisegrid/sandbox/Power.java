package org.promisegrid.sandbox;

/// An optional small interface of a driver or a sandbox: present exactly when its [Trait] is, never
/// a method that throws "unsupported".
public interface Power {}
