package org.promisegrid.driver.wasm.engine;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Files in memory that one run can read: each folder that holds any is preopened, and holds
/// nothing else. There is no way out of a folder, and nothing can be written.
///
/// Descriptors from [#FIRST] on are its own; those below are streams.
final class Files {

  static final int FIRST = 3;

  private static final int SUCCESS = 0;
  private static final int EBADF = 8;
  private static final int EEXIST = 20;
  private static final int EINVAL = 28;
  private static final int EISDIR = 31;
  private static final int EMFILE = 33;
  private static final int ENAMETOOLONG = 37;
  private static final int ENOENT = 44;
  private static final int ENOTDIR = 54;
  private static final int EROFS = 69;
  private static final int ENOTCAPABLE = 76;

  private static final byte DIRECTORY = 3;
  private static final byte REGULAR = 4;

  private static final int CREATE = 1;
  private static final int WANTS_DIRECTORY = 2;
  private static final int EXCLUSIVE = 4;
  private static final int TRUNCATE = 8;

  /// fd_read, fd_seek, fd_tell, fd_filestat_get.
  private static final long FILE_RIGHTS = 1L << 1 | 1L << 2 | 1L << 5 | 1L << 21;

  /// path_open, fd_readdir, path_filestat_get, fd_filestat_get.
  private static final long FOLDER_RIGHTS = 1L << 13 | 1L << 14 | 1L << 18 | 1L << 21;

  private static final int MOST_OPEN = 256;
  private static final int LONGEST_PATH = 4096;
  private static final int ENTRY = 24;

  /// One function of WASI, for a descriptor of ours or none at all.
  @FunctionalInterface
  interface Call {
    int apply(Files files, LinearMemory memory, long[] arguments);
  }

  /// Those that differ where there are files; the others are as without.
  static final Map<String, Call> CALLS =
      Map.of(
          "fd_prestat_get", Files::prestat,
          "fd_prestat_dir_name", Files::prestatName,
          "fd_fdstat_get", Files::fdstat,
          "fd_filestat_get", Files::filestat,
          "fd_seek", Files::seek,
          "fd_tell", Files::tell,
          "fd_pread", Files::pread,
          "fd_readdir", Files::readdir,
          "path_open", Files::open,
          "path_filestat_get", Files::pathFilestat);

  /// A folder: its path, and its files by name.
  private record Folder(String path, Map<String, byte[]> files) {}

  /// What a descriptor stands for.
  private static final class Open {
    private final Folder folder;
    private final boolean preopened;
    private final byte @Nullable [] file;
    private long at;

    Open(Folder folder, boolean preopened, byte @Nullable [] file) {
      this.folder = folder;
      this.preopened = preopened;
      this.file = file;
    }
  }

  private final List<@Nullable Open> open = new ArrayList<>();

  /// @param files by absolute path
  Files(Map<String, byte[]> files) {
    Map<String, Folder> folders = new TreeMap<>();
    files.forEach((path, content) -> {
      int slash = path.lastIndexOf('/');
      String folder = slash == 0 ? "/" : path.substring(0, slash);
      folders
          .computeIfAbsent(folder, name -> new Folder(name, new TreeMap<>()))
          .files()
          .put(path.substring(slash + 1), content);
    });
    folders.values().forEach(folder -> open.add(new Open(folder, true, null)));
  }

  boolean isEmpty() {
    return open.isEmpty();
  }

  private @Nullable Open at(long descriptor) {
    int index = (int) descriptor - FIRST;
    return index < 0 || index >= open.size() ? null : open.get(index);
  }

  private int prestat(LinearMemory memory, long[] arguments) {
    Open folder = at(arguments[0]);
    if (folder == null || !folder.preopened) {
      return EBADF;
    }
    memory.writeI32((int) arguments[1], 0);
    memory.writeI32((int) arguments[1] + 4, utf8(folder.folder.path()).length);
    return SUCCESS;
  }

  private int prestatName(LinearMemory memory, long[] arguments) {
    Open folder = at(arguments[0]);
    if (folder == null || !folder.preopened) {
      return EBADF;
    }
    byte[] path = utf8(folder.folder.path());
    if ((int) arguments[2] < path.length) {
      return ENAMETOOLONG;
    }
    memory.write((int) arguments[1], path, 0, path.length);
    return SUCCESS;
  }

  private int fdstat(LinearMemory memory, long[] arguments) {
    Open what = at(arguments[0]);
    if (what == null) {
      return EBADF;
    }
    int to = (int) arguments[1];
    boolean isFolder = what.file == null;
    memory.range(to, 24);
    memory.fill((byte) 0, to, to + 24);
    memory.writeByte(to, isFolder ? DIRECTORY : REGULAR);
    memory.writeLong(to + 8, isFolder ? FOLDER_RIGHTS : FILE_RIGHTS);
    memory.writeLong(to + 16, isFolder ? FOLDER_RIGHTS | FILE_RIGHTS : 0);
    return SUCCESS;
  }

  private int filestat(LinearMemory memory, long[] arguments) {
    Open what = at(arguments[0]);
    return what == null ? EBADF : filestat(memory, (int) arguments[1], what.file);
  }

  /// No device, no inode and no times: there is nothing to be learned from them.
  private static int filestat(LinearMemory memory, int to, byte @Nullable [] file) {
    memory.range(to, 64);
    memory.fill((byte) 0, to, to + 64);
    memory.writeByte(to + 16, file == null ? DIRECTORY : REGULAR);
    memory.writeLong(to + 24, 1);
    memory.writeLong(to + 32, file == null ? 0 : file.length);
    return SUCCESS;
  }

  private int pathFilestat(LinearMemory memory, long[] arguments) {
    Open folder = at(arguments[0]);
    if (folder == null || folder.file != null) {
      return folder == null ? EBADF : ENOTDIR;
    }
    Found found = find(folder.folder, memory, (int) arguments[2], (int) arguments[3]);
    return found.error() == SUCCESS
        ? filestat(memory, (int) arguments[4], found.file())
        : found.error();
  }

  /// Where a path leads.
  ///
  /// @param file null for the folder itself
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Found(int error, byte @Nullable [] file) {
    static Found none(int error) {
      return new Found(error, null);
    }
  }

  private static Found find(Folder folder, LinearMemory memory, int address, int length) {
    memory.range(address, length);
    if (length > LONGEST_PATH) {
      return Found.none(ENAMETOOLONG);
    }
    String path = new String(memory.readBytes(address, length), StandardCharsets.UTF_8);
    if (path.isEmpty()) {
      return Found.none(ENOENT);
    }
    if (path.startsWith("/")) {
      return Found.none(ENOTCAPABLE);
    }
    byte[] file = null;
    for (String part : path.split("/", -1)) {
      if (file != null) {
        return Found.none(ENOTDIR);
      }
      if (part.equals("..")) {
        return Found.none(ENOTCAPABLE);
      }
      if (!part.isEmpty() && !part.equals(".")) {
        file = folder.files().get(part);
        if (file == null) {
          return Found.none(ENOENT);
        }
      }
    }
    return new Found(SUCCESS, file);
  }

  private int open(LinearMemory memory, long[] arguments) {
    Open folder = at(arguments[0]);
    if (folder == null || folder.file != null) {
      return folder == null ? EBADF : ENOTDIR;
    }
    int how = (int) arguments[4];
    Found found = find(folder.folder, memory, (int) arguments[2], (int) arguments[3]);
    if (found.error() == ENOENT && (how & CREATE) != 0) {
      return EROFS;
    }
    if (found.error() != SUCCESS) {
      return found.error();
    }
    if ((how & CREATE) != 0 && (how & EXCLUSIVE) != 0) {
      return EEXIST;
    }
    if ((how & TRUNCATE) != 0) {
      return found.file() == null ? EISDIR : EROFS;
    }
    if ((how & WANTS_DIRECTORY) != 0 && found.file() != null) {
      return ENOTDIR;
    }
    memory.range((int) arguments[8], 4);
    int free = open.indexOf(null);
    if (free < 0) {
      if (open.size() >= MOST_OPEN) {
        return EMFILE;
      }
      free = open.size();
      open.add(null);
    }
    open.set(free, new Open(folder.folder, false, found.file()));
    memory.writeI32((int) arguments[8], free + FIRST);
    return SUCCESS;
  }

  int close(int descriptor) {
    if (at(descriptor) == null) {
      return EBADF;
    }
    open.set(descriptor - FIRST, null);
    return SUCCESS;
  }

  int renumber(int from, int to) {
    if (at(from) == null || at(to) == null) {
      return EBADF;
    }
    if (from != to) {
      open.set(to - FIRST, open.get(from - FIRST));
      open.set(from - FIRST, null);
    }
    return SUCCESS;
  }

  /// `fd_read`.
  int read(LinearMemory memory, long[] arguments) {
    Open what = at(arguments[0]);
    if (what == null || what.file == null) {
      return what == null ? EBADF : EISDIR;
    }
    int count = copy(memory, what.file, what.at, (int) arguments[1], (int) arguments[2]);
    what.at += count;
    memory.writeI32((int) arguments[3], count);
    return SUCCESS;
  }

  private int pread(LinearMemory memory, long[] arguments) {
    Open what = at(arguments[0]);
    if (what == null || what.file == null) {
      return what == null ? EBADF : EISDIR;
    }
    if (arguments[3] < 0) {
      return EINVAL;
    }
    int count = copy(memory, what.file, arguments[3], (int) arguments[1], (int) arguments[2]);
    memory.writeI32((int) arguments[4], count);
    return SUCCESS;
  }

  private static int copy(LinearMemory memory, byte[] file, long from, int vectors, int count) {
    int total = 0;
    for (int i = 0; i < count; i++) {
      int address = memory.readInt(vectors + i * 8);
      int length = memory.readInt(vectors + i * 8 + 4);
      memory.range(address, length);
      long left = file.length - from - total;
      if (left <= 0) {
        break;
      }
      int piece = (int) Math.min(length, left);
      memory.write(address, file, (int) from + total, piece);
      total += piece;
    }
    return total;
  }

  private int seek(LinearMemory memory, long[] arguments) {
    Open what = at(arguments[0]);
    if (what == null || what.file == null) {
      return what == null ? EBADF : EISDIR;
    }
    long base =
        switch ((int) arguments[2]) {
          case 0 -> 0;
          case 1 -> what.at;
          case 2 -> what.file.length;
          default -> -1;
        };
    long to = base + arguments[1];
    if (base < 0 || to < 0) {
      return EINVAL;
    }
    memory.range((int) arguments[3], 8);
    what.at = to;
    memory.writeLong((int) arguments[3], to);
    return SUCCESS;
  }

  private int tell(LinearMemory memory, long[] arguments) {
    Open what = at(arguments[0]);
    if (what == null || what.file == null) {
      return what == null ? EBADF : EISDIR;
    }
    memory.writeLong((int) arguments[1], what.at);
    return SUCCESS;
  }

  /// Entries from the cookie on, the last one cut off where the buffer ends.
  private int readdir(LinearMemory memory, long[] arguments) {
    Open folder = at(arguments[0]);
    if (folder == null || folder.file != null) {
      return folder == null ? EBADF : ENOTDIR;
    }
    int to = (int) arguments[1];
    int room = (int) arguments[2];
    memory.range(to, room);
    List<String> names = new ArrayList<>(List.of(".", ".."));
    names.addAll(folder.folder.files().keySet());
    int used = 0;
    for (long next = Math.max(0, arguments[3]); next < names.size() && used < room; next++) {
      String name = names.get((int) next);
      byte[] text = utf8(name);
      byte[] entry = new byte[ENTRY + text.length];
      java.nio.ByteBuffer.wrap(entry)
          .order(java.nio.ByteOrder.LITTLE_ENDIAN)
          .putLong(next + 1)
          .putLong(0)
          .putInt(text.length)
          .put(next < 2 ? DIRECTORY : REGULAR);
      System.arraycopy(text, 0, entry, ENTRY, text.length);
      int piece = Math.min(entry.length, room - used);
      memory.write(to + used, entry, 0, piece);
      used += piece;
    }
    memory.writeI32((int) arguments[4], used);
    return SUCCESS;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
