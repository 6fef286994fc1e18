package org.promisegrid.kernel.message;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.promisegrid.sandbox.Cid;

/// The protocol documents, `docs/protocols/*.md`: each defines one format or one kernel function,
/// whose hash is the document's CID.
///
/// Which documents there are, and their names, stands in `released.txt` beside them: a line each,
/// name, CID, and `frozen` if it was released, in columns. Such a document never changes: a changed
/// one would be another function.
public final class Protocols {

  private static final String FOLDER = "/org/promisegrid/protocols/";
  private static final SequencedMap<String, Cid> CIDS = new LinkedHashMap<>();
  private static final Map<Cid, String> NAMES = new HashMap<>();

  static {
    for (String line :
        new String(resource("released.txt"), StandardCharsets.UTF_8).lines().toList()) {
      String[] columns = line.split("\t", -1);
      if (columns.length != 2 && !(columns.length == 3 && columns[2].equals("frozen"))) {
        throw new IllegalStateException("released.txt has a line that isn't name, CID, frozen");
      }
      Cid cid = Cid.parse(columns[1]);
      CIDS.put(columns[0], cid);
      NAMES.put(cid, columns[0]);
    }
  }

  /// Slot 0 of an [Answer].
  public static final Cid ANSWER = cid("answer");

  /// Slot 0 of a [Receipt].
  public static final Cid RECEIPT = cid("receipt");

  /// Slot 0 of an [Event].
  public static final Cid EVENT = cid("event");

  /// What a call's signature is bound to.
  public static final Cid CALL = cid("call");

  private Protocols() {}

  /// The CID of the document `name`, such as `content.put`.
  ///
  /// @throws IllegalArgumentException if there is none
  public static Cid cid(String name) {
    return find(name)
        .orElseThrow(() -> new IllegalArgumentException("no protocol document " + name));
  }

  /// The CID of the document `name`, if there is one.
  public static Optional<Cid> find(String name) {
    return Optional.ofNullable(CIDS.get(name));
  }

  /// The name of the document with that CID, if there is one.
  public static Optional<String> name(Cid cid) {
    return Optional.ofNullable(NAMES.get(cid));
  }

  /// All documents, by name.
  public static SequencedMap<String, Cid> all() {
    return Collections.unmodifiableSequencedMap(CIDS);
  }

  /// The bytes of the document `name`.
  ///
  /// @throws IllegalArgumentException if there is none
  public static byte[] document(String name) {
    Cid cid = cid(name);
    byte[] bytes = resource(name + ".md");
    if (!cid.names(bytes)) {
      throw new IllegalStateException(name + ".md is not the document that was released");
    }
    return bytes;
  }

  private static byte[] resource(String file) {
    try (InputStream in = Protocols.class.getResourceAsStream(FOLDER + file)) {
      if (in == null) {
        throw new IllegalStateException(file + " is not packaged");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + file, e);
    }
  }
}
