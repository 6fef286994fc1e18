package org.promisegrid.server.rest;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The kernel function that an operation is a call of; `*` for whichever the request names. A test
/// compares these with the table of `docs/protocols/README.md`.
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Calls {

  String value();
}
