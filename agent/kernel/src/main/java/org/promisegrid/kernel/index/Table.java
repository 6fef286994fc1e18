package org.promisegrid.kernel.index;

/// The tables of the [Index]; each is documented where it is written.
public enum Table {
  /// From content to what it links: [Graph].
  LINKS,
  /// The same edges, backwards: [Graph].
  BACKLINKS,
  /// Content that is a grid message → its slot 0: [Graph].
  KINDS,
  /// Principal and content → how it came to be allowed to read it: [Readers].
  GRANTS,
  /// Another hash → CID: [AlsoKnown].
  ALSO_KNOWN,
  /// Content → when it was last put or used: [Leases].
  LEASES,
  /// Who keeps what: [Pins].
  PINS,
  /// How far content may travel: [Reaches].
  REACHES,
  /// Content whose links couldn't be read, and content that is about to be removed: [Graph].
  UNREAD,
  /// Cache key → receipts.
  RECEIPTS,
  /// What was called, by whom, and what became of it.
  CALLS,
  /// Name → head.
  REFS,
  /// Name → its heads so far.
  REF_LOG,
  /// Tokens that were issued here or seen.
  TOKENS,
  /// Tokens that are revoked.
  REVOKED,
  /// Tokens that count their uses → how often.
  USES,
  /// Tokens → when each was last used.
  LAST_USES,
  /// Name of a secret → which version is current.
  SECRETS,
  /// Replica of a service → its last sandbox, and what became of it; ref of a stack → by which
  /// tokens its head is wanted.
  SERVICES,
  /// What dispatch learned, per artifact and target.
  LEARNED,
  /// What the index knows of itself; see [Index#applied].
  META
}
