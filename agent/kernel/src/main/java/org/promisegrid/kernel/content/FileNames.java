package org.promisegrid.kernel.content;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Names of files as UTF-8, whatever the locale is: with `LANG=C` Java can't put another letter
/// than ASCII's into a path, and reads one as a question mark. URIs of files carry the bytes
/// themselves.
final class FileNames {

  private FileNames() {}

  /// The file `name` in `directory`.
  static Path in(Path directory, String name) {
    try {
      return directory.resolve(name);
    } catch (InvalidPathException e) {
      String encoded = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
      String parent = directory.toUri().toString();
      return Path.of(URI.create(parent + (parent.endsWith("/") ? "" : "/") + encoded));
    }
  }

  /// The last name of `file`.
  ///
  /// @throws TreeException if its bytes aren't UTF-8
  static String of(Path file) throws TreeException {
    String name = String.valueOf(file.getFileName());
    if (isWhole(name, file.getFileName())) {
      return name;
    }
    String path = file.toUri().getRawPath();
    String raw = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    byte[] bytes = unescaped(raw.substring(raw.lastIndexOf('/') + 1));
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException e) {
      throw new TreeException(file.toString(), "its name is not UTF-8", e);
    }
  }

  /// A path as text, such as the target of a symbolic link.
  ///
  /// @throws TreeException if its bytes aren't UTF-8, or this locale hides what they are
  static String target(Path path, Path link) throws TreeException {
    String text = path.toString();
    if (!isWhole(text, path)) {
      throw new TreeException(link.toString(), "a target that is not UTF-8 in this locale");
    }
    return text;
  }

  /// Whether text is all that there is in a path: bytes that Java couldn't read are lost in it.
  private static boolean isWhole(String text, @Nullable Path path) {
    try {
      return Path.of(text).equals(path);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static byte[] unescaped(String raw) {
    ByteBuffer bytes = ByteBuffer.allocate(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      if (raw.charAt(i) == '%') {
        bytes.put((byte) Integer.parseInt(raw, i + 1, i + 3, 16));
        i += 2;
      } else {
        bytes.put((byte) raw.charAt(i));
      }
    }
    byte[] all = new byte[bytes.flip().remaining()];
    bytes.get(all);
    return all;
  }
}
