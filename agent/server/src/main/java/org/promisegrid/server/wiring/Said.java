package org.promisegrid.server.wiring;

/// What the owner said of one option, and where.
///
/// @param name in full, such as `grid.http.port`
/// @param where for people: `agent.properties, line 3`
record Said(String name, String value, String where) {

  /// A complaint about it, with the place where it stands.
  String wrong(String why) {
    return where + ": " + name + " " + why;
  }
}
