package org.promisegrid.kernel.content;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/// The native part of RocksDB, loaded once in a process.
///
/// Where it isn't among the JVM's own libraries, as it is in a package, it has to be unpacked: 17
/// MB which RocksDB itself would leave among the host's temporary files whenever an agent is
/// killed. Here they are in the folder of the database that is opened first, and gone as soon as
/// they are loaded.
final class NativeLibrary {

  private static boolean loaded;

  private NativeLibrary() {}

  /// Loads it, unless it is. What is left of a load that was killed in the midst of it goes, too.
  ///
  /// @param database a folder
  static synchronized void load(Path database) {
    if (loaded) {
      return;
    }
    Path folder = database.resolve("native");
    try {
      try {
        Files.createDirectories(folder);
        unpack(folder);
      } catch (IOException | UnsatisfiedLinkError e) {
        elsewhere(e);
      }
    } catch (IOException e) {
      throw StorageException.of("unpacking the native part of RocksDB", folder, e);
    }
    RocksDB.loadLibrary(); // finds it loaded
    loaded = true;
  }

  /// The disk of a home may be full, or mounted so that nothing on it is executed.
  private static void elsewhere(Throwable why) throws IOException {
    Path folder = Files.createTempDirectory("grid-native");
    try {
      unpack(folder);
    } catch (IOException | UnsatisfiedLinkError e) {
      e.addSuppressed(why);
      throw e;
    }
  }

  /// What is mapped stays so without a name.
  private static void unpack(Path folder) throws IOException {
    try {
      NativeLibraryLoader.getInstance().loadLibrary(folder.toString());
    } finally {
      remove(folder);
    }
  }

  private static void remove(Path folder) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
