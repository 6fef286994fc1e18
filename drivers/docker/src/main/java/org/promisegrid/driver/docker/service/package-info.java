/// Services in containers: what keeps running on an engine, whoever looks after it.
@NullMarked
package org.promisegrid.driver.docker.service;

import org.jspecify.annotations.NullMarked;
