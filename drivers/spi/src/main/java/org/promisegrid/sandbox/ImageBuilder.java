package org.promisegrid.sandbox;

import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// A driver whose target makes images by a recipe (a `Dockerfile`), out of a folder of content.
///
/// A recipe runs what it says as the target's builder does: with a network, and as root of a
/// container. Whoever calls this has asked whether that is wanted.
public interface ImageBuilder extends Power {

  /// What is to be made.
  ///
  /// @param context what the recipe may copy from, each folder before what is in it
  /// @param file the recipe's path in it
  /// @param arguments by the name that the recipe declares
  /// @param stage the last one to be made; the recipe's last one if empty
  record Recipe(
      List<Piece> context, String file, Map<String, String> arguments, Optional<String> stage) {

    public Recipe {
      context = List.copyOf(context);
      arguments = Map.copyOf(arguments);
    }
  }

  /// One name in the folder. Owners and times are nobody's: the same content is the same folder.
  sealed interface Piece {
    /// Names with `/` between them, relative, none of them `.` or `..`.
    String path();

    /// A folder.
    record Folder(String path) implements Piece {}

    /// A file.
    ///
    /// @param size how many bytes `content` has
    record File(String path, Cid content, long size, boolean executable) implements Piece {}

    /// A symbolic link.
    ///
    /// @param target as it is written, wherever it leads
    record Link(String path, String target) implements Piece {}
  }

  /// Makes an image; what was made before may be used again.
  ///
  /// @param within how long that may take
  /// @param log gets what the target says, as it comes; on a thread of the driver's
  /// @throws DriverException `UNSUPPORTED` if the recipe doesn't lead to an image; `UNAVAILABLE`
  ///   also where it takes longer, or what it begins with can't be had for now
  /// @throws InterruptedException if the caller left: the target ends it
  Built build(Recipe recipe, Duration within, Consumer<String> log) throws InterruptedException;

  /// An image on the target. Closed without being kept, it goes from there unless somebody else has
  /// a name for it.
  interface Built extends AutoCloseable {

    /// As the target names it.
    String id();

    /// All of it, as a form's code; the caller closes.
    InputStream archive() throws InterruptedException;

    /// From now on it is there as what `code` names: calls needn't bring it.
    ///
    /// @param code what [#archive] gave
    void keep(Cid code) throws InterruptedException;

    @Override
    void close();
  }
}
