package org.promisegrid.kernel.token;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import org.promisegrid.kernel.message.Cbor;
import org.promisegrid.kernel.message.Item;
import org.promisegrid.kernel.message.MalformedException;
import org.promisegrid.sandbox.Cid;

/// Tokens as a caller presents them, leaf first: each but the last names the next one as what it
/// passes on. Only number and size have been looked at; [#tokens] reads them, a [Verifier] judges.
///
/// As an item: an array of byte strings. As text, for `Authorization: Bearer` and files: base64url
/// without padding of that array's encoding.
public final class Chain {

  /// Most links.
  public static final int MAX_LINKS = 16;

  /// Longest encoding, in bytes.
  public static final int MAX_BYTES = 64 * 1024;

  private static final int MAX_TEXT = (MAX_BYTES * 4 + 2) / 3;

  private final List<Item.Bytes> links;
  private final List<Cid> cids;

  private Chain(List<Item.Bytes> links, List<Cid> cids) {
    this.links = links;
    this.cids = cids;
  }

  /// The chain of the given tokens' bytes, leaf first.
  ///
  /// @throws MalformedException if there are none, too many, too large, or one twice
  public static Chain of(List<Item.Bytes> links) throws MalformedException {
    if (links.isEmpty() || links.size() > MAX_LINKS) {
      throw new MalformedException("a chain has 1 to " + MAX_LINKS + " links");
    }
    long size = 1;
    for (Item.Bytes link : links) {
      // Before the bytes, the head of a byte string: 1, 2 or 3 bytes for up to 64 KiB.
      size += link.length() + (link.length() < 24 ? 1 : link.length() < 256 ? 2 : 3);
    }
    if (size > MAX_BYTES) {
      throw new MalformedException("a chain of more than " + MAX_BYTES + " bytes");
    }
    List<Cid> cids = links.stream().map(link -> Cid.of(link.value())).toList();
    if (new HashSet<>(cids).size() < cids.size()) {
      throw new MalformedException("a chain with the same link twice");
    }
    return new Chain(List.copyOf(links), cids);
  }

  /// The chain of one root token.
  static Chain of(Token root) {
    return new Chain(List.of(root.bytes()), List.of(root.cid()));
  }

  /// Reads the item form.
  public static Chain of(Item item) throws MalformedException {
    if (!(item instanceof Item.Array(var elements))) {
      throw new MalformedException("a chain that is not an array");
    }
    List<Item.Bytes> links = new ArrayList<>();
    for (Item element : elements) {
      if (!(element instanceof Item.Bytes link)) {
        throw new MalformedException("a chain with a link that is no byte string");
      }
      links.add(link);
    }
    return of(links);
  }

  /// Reads the encoding of the item form.
  public static Chain decode(byte[] bytes) throws MalformedException {
    if (bytes.length > MAX_BYTES) {
      throw new MalformedException("a chain of more than " + MAX_BYTES + " bytes");
    }
    return of(Cbor.decode(bytes));
  }

  /// Reads the text form; white space around it, as files have it, is left out.
  public static Chain parse(String text) throws MalformedException {
    String stripped = text.strip();
    if (stripped.length() > MAX_TEXT) {
      throw new MalformedException("a chain of more than " + MAX_BYTES + " bytes");
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(stripped.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("a chain that is not base64url", e);
    }
    // The decoder also takes padding, and ignores bits that encode nothing.
    if (!encoded(bytes).equals(stripped)) {
      throw new MalformedException("a chain that is not base64url in its one form");
    }
    return decode(bytes);
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// This chain with one more link at its front.
  Chain with(Token leaf) throws MalformedException {
    List<Item.Bytes> longer = new ArrayList<>();
    longer.add(leaf.bytes());
    longer.addAll(links);
    return of(longer);
  }

  /// The links' bytes, leaf first.
  public List<Item.Bytes> links() {
    return links;
  }

  /// The links' names, leaf first.
  public List<Cid> cids() {
    return cids;
  }

  /// The name of the token that the caller uses.
  public Cid leaf() {
    return cids.getFirst();
  }

  /// The links, read, leaf first.
  ///
  /// @throws MalformedException if one is no token
  public List<Token> tokens() throws MalformedException {
    List<Token> tokens = new ArrayList<>();
    for (int i = 0; i < links.size(); i++) {
      tokens.add(Token.decode(links.get(i), cids.get(i)));
    }
    return tokens;
  }

  /// The item form.
  public Item toItem() {
    return Item.array(links);
  }

  /// The text form.
  public String text() {
    return encoded(Cbor.encode(toItem()));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Chain chain && cids.equals(chain.cids);
  }

  @Override
  public int hashCode() {
    return cids.hashCode();
  }

  /// The names of the links; not the text form, which can be as good as a password.
  @Override
  public String toString() {
    return "chain " + cids;
  }
}
