/// Tests of services in containers that no engine is needed for.
@NullMarked
package org.promisegrid.driver.docker.service;

import org.jspecify.annotations.NullMarked;
