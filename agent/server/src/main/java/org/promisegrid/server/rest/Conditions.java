package org.promisegrid.server.rest;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.promisegrid.sandbox.Cid;

/// The conditions that headers put on a request. The entity tag of content is its CID, that of a
/// ref its head's: equal tags are equal bytes.
final class Conditions {

  private static final Pattern RANGE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  private Conditions() {}

  /// Whether a `Prefer` header has a preference among those it lists.
  static boolean prefers(@Nullable String header, String preference) {
    return header != null
        && Arrays.stream(header.split("[,;]"))
            .map(String::strip)
            .anyMatch(preference::equalsIgnoreCase);
  }

  /// An entity tag.
  static String tag(Cid cid) {
    return "\"" + cid + "\"";
  }

  /// Whether `If-None-Match` names what the client has already.
  static boolean isKnown(@Nullable String header, Cid cid) {
    return header != null
        && Arrays.stream(header.split(","))
            .map(String::strip)
            .anyMatch(
                tag -> tag.equals("*") || tag.equals(tag(cid)) || tag.equals("W/" + tag(cid)));
  }

  /// The one head that `If-Match` names.
  static Optional<String> head(@Nullable String header) {
    if (header == null) {
      return Optional.empty();
    }
    String tag = header.strip();
    if (tag.length() < 2 || !tag.startsWith("\"") || !tag.endsWith("\"") || tag.contains(",")) {
      throw Problem.malformed("If-Match is one entity tag: the CID of the head, in quotes");
    }
    return Optional.of(tag.substring(1, tag.length() - 1));
  }

  /// A part of content.
  ///
  /// @param offset where it begins; empty if it is counted from the end
  /// @param length how many bytes at most; empty for all to the end
  record Part(OptionalLong offset, OptionalLong length) {}

  /// The part that a `Range` asks for. Several parts, and whatever else isn't understood, ask for
  /// everything, as RFC 9110 has it.
  static Optional<Part> part(@Nullable String range, @Nullable String ifRange, String cid) {
    if (range == null || (ifRange != null && !ifRange.strip().equals("\"" + cid + "\""))) {
      return Optional.empty();
    }
    Matcher matcher = RANGE.matcher(range.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    OptionalLong first = number(matcher.group(1));
    OptionalLong last = number(matcher.group(2));
    if (first.isEmpty()) {
      return last.isEmpty() ? Optional.empty() : Optional.of(new Part(first, last));
    }
    if (last.isEmpty()) {
      return Optional.of(new Part(first, OptionalLong.empty()));
    }
    long length = last.getAsLong() - first.getAsLong() + 1;
    return length < 1 ? Optional.empty() : Optional.of(new Part(first, OptionalLong.of(length)));
  }

  private static OptionalLong number(String digits) {
    return digits.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(digits));
  }
}
