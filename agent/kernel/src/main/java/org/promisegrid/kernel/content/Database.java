package org.promisegrid.kernel.content;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.Checkpoint;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.RocksObject;
import org.rocksdb.TableProperties;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/// Sorted tables of bytes in one folder: the only place that speaks to RocksDB.
///
/// Safe for many threads. Every use after [#close] is an [IllegalStateException]; the native
/// library would end the process instead.
public final class Database implements AutoCloseable {

  /// What a commit promises when it returns.
  public enum Durability {
    /// It survives loss of power: the log is forced, one force for all who commit at that moment.
    SYNCED,
    /// It survives the end of this process; power lost may cost the last commits, never their
    /// order.
    BUFFERED
  }

  /// Takes what a [#scan] finds.
  @FunctionalInterface
  public interface Visitor {
    /// Returns whether to go on.
    boolean visit(byte[] key, byte[] value);
  }

  private static final int UNFLUSHED = 16 << 20;

  /// What is unflushed counts as cached: this must leave room beside it. Without, every look for a
  /// key that isn't there reads the filters from their files again.
  private static final int CACHE = UNFLUSHED + (16 << 20);

  /// How much of a key a scan may be asked for by, and be spared the files that have nothing like
  /// it: a digest, of which most scans ask for one.
  private static final int PREFIX = 32;

  /// Parts of the cache, as a power of two: as many as the library takes by itself would each be
  /// smaller than the filter of a large file, which then would be read for each look.
  private static final int SHARDS = 2;

  /// The part of the cache that data doesn't drive filters and indexes from.
  private static final double FIRST = 0.5;

  private static final int UNFLUSHED_PER_FAMILY = 4 << 20;

  private final Path directory;
  private final RocksDB db;
  private final Map<String, ColumnFamilyHandle> families;
  private final WriteOptions writing;

  /// Finds every key in order. Without being told so, the library may leave out files.
  private final ReadOptions everywhere;

  /// Finds keys that have their first [#PREFIX] bytes with what is sought in common.
  private final ReadOptions alike;

  private final Durability durability;
  private final Group group = new Group(this::write);
  private final RowCache known = new RowCache();
  private final List<RocksObject> owned;
  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();
  private boolean closed;

  private Database(
      Path directory,
      RocksDB db,
      Map<String, ColumnFamilyHandle> families,
      WriteOptions writing,
      ReadOptions everywhere,
      ReadOptions alike,
      Durability durability,
      List<RocksObject> owned) {
    this.directory = directory;
    this.db = db;
    this.families = families;
    this.writing = writing;
    this.everywhere = everywhere;
    this.alike = alike;
    this.durability = durability;
    this.owned = owned;
  }

  /// Opens the database in `directory`, which is made if it isn't there, with the named tables.
  ///
  /// @throws StorageException `DAMAGED` if it can't be read, `IN_USE` if another process has it
  public static Database open(Path directory, Set<String> tables, Durability durability) {
    List<RocksObject> owned = new ArrayList<>();
    try {
      Files.createDirectories(directory);
      NativeLibrary.load(directory);
      Cache cache = own(owned, new LRUCache(CACHE, SHARDS, false, FIRST));
      ColumnFamilyOptions family =
          own(owned, familyOptions(cache, own(owned, new BloomFilter(10))));
      DBOptions options =
          own(owned, options(own(owned, new WriteBufferManager(UNFLUSHED, cache)), durability));
      List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
      for (String name : names(directory, tables)) {
        descriptors.add(new ColumnFamilyDescriptor(name.getBytes(UTF_8), family));
      }
      WriteOptions writing =
          own(owned, new WriteOptions().setSync(durability == Durability.SYNCED));
      ReadOptions everywhere = own(owned, new ReadOptions().setTotalOrderSeek(true));
      ReadOptions alike = own(owned, new ReadOptions().setPrefixSameAsStart(true));
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      RocksDB db = RocksDB.open(options, directory.toString(), descriptors, handles);
      Map<String, ColumnFamilyHandle> families = new HashMap<>();
      for (ColumnFamilyHandle handle : handles) {
        families.put(new String(handle.getName(), UTF_8), handle);
      }
      return new Database(directory, db, families, writing, everywhere, alike, durability, owned);
    } catch (RocksDBException e) {
      release(owned);
      throw StorageException.of("opening the database", directory, e);
    } catch (IOException e) {
      release(owned);
      throw StorageException.of("making the folder of a database", directory, e);
    }
  }

  public Path directory() {
    return directory;
  }

  /// The value of `key`, if it has one. Neither array may be changed afterwards.
  public Optional<byte[]> get(String table, byte[] key) {
    Lock open = enter();
    try {
      return known.get(table, key, () -> lookup(table, key));
    } finally {
      open.unlock();
    }
  }

  /// Whether `key` has a value.
  public boolean has(String table, byte[] key) {
    Lock open = enter();
    try {
      return known.has(table, key, () -> lookup(table, key));
    } finally {
      open.unlock();
    }
  }

  /// The values of many keys, in their order; cheaper than one by one, and without a place among
  /// those that are remembered for being asked often. No array may be changed afterwards.
  public List<Optional<byte[]>> all(String table, List<byte[]> keys) {
    if (keys.isEmpty()) {
      return List.of(); // the library won't be asked for nothing
    }
    Lock open = enter();
    try {
      return db.multiGetAsList(Collections.nCopies(keys.size(), family(table)), keys).stream()
          .map(Optional::ofNullable)
          .toList();
    } catch (RocksDBException e) {
      throw StorageException.of("reading from " + table, directory, e);
    } finally {
      open.unlock();
    }
  }

  private Optional<byte[]> lookup(String table, byte[] key) {
    try {
      return Optional.ofNullable(db.get(family(table), key));
    } catch (RocksDBException e) {
      throw StorageException.of("reading from " + table, directory, e);
    }
  }

  /// Visits what begins with `prefix`, in bytewise order, from `from` on (or from the start of the
  /// prefix, if `from` is before it), as it was when the scan began. Returns whether the visitor
  /// saw everything.
  public boolean scan(String table, byte[] prefix, byte[] from, Visitor visitor) {
    Lock open = enter();
    // A bound in the iterator itself would cost more native objects than most scans have rows.
    ReadOptions reading = prefix.length < PREFIX ? everywhere : alike;
    try (RocksIterator at = db.newIterator(family(table), reading)) {
      at.seek(Arrays.compareUnsigned(from, prefix) < 0 ? prefix : from);
      for (; at.isValid(); at.next()) {
        byte[] key = at.key();
        if (!startsWith(key, prefix)) {
          return true;
        }
        if (!visitor.visit(key, at.value())) {
          return false;
        }
      }
      at.status();
      return true;
    } catch (RocksDBException e) {
      throw StorageException.of("scanning " + table, directory, e);
    } finally {
      open.unlock();
    }
  }

  /// Puts one value.
  public void put(String table, byte[] key, byte[] value) {
    commit(List.of(new Change(table, key, value)));
  }

  /// Makes all changes, or none of them. Later changes of one key win.
  public void commit(List<Change> changes) {
    changes.forEach(change -> family(change.table()));
    try {
      if (durability == Durability.SYNCED) {
        group.write(changes);
      } else {
        write(changes);
      }
    } finally {
      known.forget(changes); // where it failed, too: nobody knows what was written
    }
  }

  private void write(List<Change> changes) {
    Lock open = enter();
    try (WriteBatch batch = new WriteBatch()) {
      for (Change change : changes) {
        add(batch, change);
      }
      db.write(writing, batch);
    } catch (RocksDBException e) {
      throw StorageException.of("writing", directory, e);
    } finally {
      open.unlock();
    }
  }

  private void add(WriteBatch batch, Change change) throws RocksDBException {
    byte @Nullable [] value = change.value();
    if (value == null) {
      batch.delete(family(change.table()), change.key());
    } else {
      batch.put(family(change.table()), change.key(), value);
    }
  }

  /// Takes out everything, of all tables, and makes the changes, at once or not at all.
  public void replace(List<Change> changes) {
    Lock alone = enter(gate.writeLock());
    try (WriteBatch batch = new WriteBatch()) {
      for (ColumnFamilyHandle family : families.values()) {
        batch.deleteRange(family, new byte[0], end(family));
      }
      for (Change change : changes) {
        add(batch, change);
      }
      db.write(writing, batch);
    } catch (RocksDBException e) {
      throw StorageException.of("emptying", directory, e);
    } finally {
      known.clear();
      alone.unlock();
    }
  }

  /// A key right behind the last one.
  private byte[] end(ColumnFamilyHandle family) throws RocksDBException {
    try (RocksIterator at = db.newIterator(family, everywhere)) {
      at.seekToLast();
      at.status();
      return at.isValid() ? Arrays.copyOf(at.key(), at.key().length + 1) : new byte[0];
    }
  }

  /// How many bytes the tables take: what lies in files, and what is to come there.
  public long size() {
    Lock open = enter();
    try {
      long size = 0;
      for (ColumnFamilyHandle family : families.values()) {
        size += db.getLongProperty(family, "rocksdb.total-sst-files-size");
        size += db.getLongProperty(family, "rocksdb.cur-size-all-mem-tables");
      }
      return size;
    } catch (RocksDBException e) {
      throw StorageException.of("measuring", directory, e);
    } finally {
      open.unlock();
    }
  }

  /// How many bytes the values in the files of a table have, with those that were removed or
  /// replaced and that no compaction met yet; before they are compressed.
  long valuesInFiles(String table) {
    Lock open = enter();
    try {
      return db.getPropertiesOfAllTables(family(table)).values().stream()
          .mapToLong(TableProperties::getRawValueSize)
          .sum();
    } catch (RocksDBException e) {
      throw StorageException.of("measuring " + table, directory, e);
    } finally {
      open.unlock();
    }
  }

  /// Reads every block of every file from the disk. Holds its thread: not for virtual ones.
  ///
  /// @throws StorageException `DAMAGED` if one isn't what was written; its cause names the file
  void verify() {
    Lock open = enter();
    try {
      db.verifyChecksum();
    } catch (RocksDBException e) {
      throw StorageException.of("verifying", directory, e);
    } finally {
      open.unlock();
    }
  }

  /// Brings everything into the tables' files; the log before is gone then.
  public void flush() {
    Lock open = enter();
    try (FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
      db.flush(flush, List.copyOf(families.values()));
    } catch (RocksDBException e) {
      throw StorageException.of("flushing", directory, e);
    } finally {
      open.unlock();
    }
  }

  /// Takes what was deleted, or replaced, out of the files of a table, between two keys. Takes as
  /// long as copying it, and holds its thread: not for virtual ones.
  public void compact(String table, Optional<byte[]> from, Optional<byte[]> to) {
    Lock open = enter();
    try (CompactRangeOptions all =
        new CompactRangeOptions().setBottommostLevelCompaction(BottommostLevelCompaction.kForce)) {
      db.compactRange(family(table), from.orElse(null), to.orElse(null), all);
    } catch (RocksDBException e) {
      throw StorageException.of("compacting " + table, directory, e);
    } finally {
      open.unlock();
    }
  }

  /// Makes a copy of the tables, as they are at one moment, in a folder that isn't there yet; what
  /// it can share with the database, it does.
  public void copyTo(Path copy) {
    Lock open = enter();
    try (Checkpoint checkpoint = Checkpoint.create(db)) {
      checkpoint.createCheckpoint(copy.toString());
    } catch (RocksDBException e) {
      throw StorageException.of("copying to " + copy, directory, e);
    } finally {
      open.unlock();
    }
  }

  /// A new value of a key, or its end. Nobody compares changes.
  @SuppressWarnings("ArrayRecordComponent")
  public record Change(String table, byte[] key, byte @Nullable [] value) {}

  /// Waits for the calls in progress, then lets go of everything. Idempotent.
  @Override
  public void close() {
    Lock alone = gate.writeLock();
    alone.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      families.values().forEach(ColumnFamilyHandle::close);
      db.closeE();
      release(owned);
    } catch (RocksDBException e) {
      throw StorageException.of("closing the database", directory, e);
    } finally {
      alone.unlock();
    }
  }

  private Lock enter() {
    return enter(gate.readLock());
  }

  private Lock enter(Lock open) {
    open.lock();
    if (closed) {
      open.unlock();
      throw new IllegalStateException("closed: " + directory);
    }
    return open;
  }

  private ColumnFamilyHandle family(String table) {
    @Nullable ColumnFamilyHandle handle = families.get(table);
    if (handle == null) {
      throw new IllegalArgumentException("no table " + table + " in " + directory);
    }
    return handle;
  }

  /// Whether `prefix` is how `key` begins.
  public static boolean startsWith(byte[] key, byte[] prefix) {
    return key.length >= prefix.length
        && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
  }

  /// RocksDB wants every table that is there to be opened, those of a newer agent too.
  private static Set<String> names(Path directory, Set<String> tables) throws RocksDBException {
    Set<String> names = new LinkedHashSet<>();
    names.add("default");
    names.addAll(tables);
    if (Files.exists(directory.resolve("CURRENT"))) {
      try (Options options = new Options()) {
        for (byte[] name : RocksDB.listColumnFamilies(options, directory.toString())) {
          names.add(new String(name, UTF_8));
        }
      }
    }
    return names;
  }

  private static ColumnFamilyOptions familyOptions(Cache cache, BloomFilter filter) {
    return new ColumnFamilyOptions()
        .setWriteBufferSize(UNFLUSHED_PER_FAMILY)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .useFixedLengthPrefixExtractor(PREFIX)
        .setMemtablePrefixBloomSizeRatio(0.05)
        .setMemtableWholeKeyFiltering(true)
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setFilterPolicy(filter));
  }

  private static DBOptions options(WriteBufferManager unflushed, Durability durability) {
    return new DBOptions()
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setWriteBufferManager(unflushed)
        .setMaxBackgroundJobs(2)
        .setMaxOpenFiles(256)
        .setMaxTotalWalSize(64 << 20)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setKeepLogFileNum(2)
        .setStatsDumpPeriodSec(0)
        // What was acknowledged must not vanish without a word: then a log that is damaged anywhere
        // but at its torn end is an error. What can be rebuilt goes back to a point in time.
        .setWalRecoveryMode(
            durability == Durability.SYNCED
                ? WALRecoveryMode.TolerateCorruptedTailRecords
                : WALRecoveryMode.PointInTimeRecovery);
  }

  private static <T extends RocksObject> T own(List<RocksObject> owned, T object) {
    owned.add(object);
    return object;
  }

  private static void release(List<RocksObject> owned) {
    for (RocksObject object : owned.reversed()) {
      object.close();
    }
  }
}
