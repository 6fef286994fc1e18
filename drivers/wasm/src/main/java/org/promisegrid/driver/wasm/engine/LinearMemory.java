package org.promisegrid.driver.wasm.engine;

import com.dylibso.chicory.runtime.ConstantEvaluators;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasm.types.ActiveDataSegment;
import com.dylibso.chicory.wasm.types.DataSegment;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.PassiveDataSegment;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.promisegrid.sandbox.Limit;
import org.promisegrid.sandbox.Outcome;

/// A workload's linear memory: one array, of which the first `size` bytes are its memory.
///
/// The engine's own memories answer -1 to growth beyond a limit, so that a limit would change what
/// a pure function computes; this one ends the run. Beyond the *module's* declared maximum it
/// answers -1, as the specification says.
final class LinearMemory implements Memory {

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle DOUBLE =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

  private final MemoryLimits declared;
  private final Surroundings surroundings;
  private final long limit;
  private byte[] bytes;
  private int size;
  private DataSegment[] segments = {};

  /// @throws RunEndedException if the module's minimum is more than the run may hold
  LinearMemory(MemoryLimits declared, Surroundings surroundings) {
    this.declared = declared;
    this.surroundings = surroundings;
    // What a Java array holds, in whole pages, is the most there can be.
    this.limit = Math.min(surroundings.memoryLimit(), (long) RUNTIME_MAX_PAGES * PAGE_SIZE);
    long minimum = (long) declared.initialPages() * PAGE_SIZE;
    if (minimum > limit) {
      throw new RunEndedException(new Outcome.Exceeded(Limit.MEMORY));
    }
    surroundings.hold(minimum, minimum);
    this.size = (int) minimum;
    this.bytes = new byte[size];
  }

  @Override
  public int pages() {
    return size / PAGE_SIZE;
  }

  @Override
  public int grow(int pages) {
    int before = pages();
    long after = before + Integer.toUnsignedLong(pages);
    if (after > declared.maximumPages()) {
      return -1;
    }
    long wanted = after * PAGE_SIZE;
    if (wanted > limit) {
      throw new RunEndedException(new Outcome.Exceeded(Limit.MEMORY));
    }
    if (wanted <= bytes.length) {
      surroundings.hold(wanted - size, 0);
    } else {
      move(wanted);
    }
    size = (int) wanted;
    return before;
  }

  /// While it is copied, the memory is there twice.
  private void move(long wanted) {
    int left = bytes.length;
    // Twice as much as before, so that growing page by page costs a constant time per byte; no more
    // than is asked for where the host has little left.
    long capacity = Math.min(limit, Math.max(wanted, 2L * left));
    if (capacity > surroundings.free()) {
      capacity = wanted;
    }
    surroundings.hold(wanted - size, capacity);
    bytes = Arrays.copyOf(bytes, (int) capacity);
    surroundings.release(left);
  }

  @Override
  public int initialPages() {
    return declared.initialPages();
  }

  @Override
  public int maximumPages() {
    return declared.maximumPages();
  }

  /// Whether `length` bytes from `address` on lie inside; both are unsigned.
  boolean holds(int address, int length) {
    return length >= 0 && address >= 0 && address <= size - length;
  }

  /// Gives `address` back if [#holds].
  int range(int address, int length) {
    if (length < 0 || address < 0 || address > size - length) {
      throw new OutOfBoundsException();
    }
    return address;
  }

  /// Reads at most `length` bytes into the memory; -1 at the end.
  int receive(InputStream from, int address, int length) throws IOException {
    return from.read(bytes, range(address, length), length);
  }

  void send(OutputStream to, int address, int length) throws IOException {
    to.write(bytes, range(address, length), length);
  }

  @Override
  public byte read(int address) {
    return bytes[range(address, 1)];
  }

  @Override
  public short readShort(int address) {
    return (short) SHORT.get(bytes, range(address, 2));
  }

  @Override
  public long readU16(int address) {
    return Short.toUnsignedLong(readShort(address));
  }

  @Override
  public int readInt(int address) {
    return (int) INT.get(bytes, range(address, 4));
  }

  @Override
  public long readLong(int address) {
    return (long) LONG.get(bytes, range(address, 8));
  }

  @Override
  public float readFloat(int address) {
    return (float) FLOAT.get(bytes, range(address, 4));
  }

  @Override
  public long readF32(int address) {
    return readInt(address);
  }

  @Override
  public double readDouble(int address) {
    return (double) DOUBLE.get(bytes, range(address, 8));
  }

  @Override
  public long readF64(int address) {
    return readLong(address);
  }

  @Override
  public byte[] readBytes(int address, int length) {
    range(address, length);
    return Arrays.copyOfRange(bytes, address, address + length);
  }

  @Override
  public void writeByte(int address, byte value) {
    bytes[range(address, 1)] = value;
  }

  @Override
  public void writeShort(int address, short value) {
    SHORT.set(bytes, range(address, 2), value);
  }

  @Override
  public void writeI32(int address, int value) {
    INT.set(bytes, range(address, 4), value);
  }

  @Override
  public void writeLong(int address, long value) {
    LONG.set(bytes, range(address, 8), value);
  }

  @Override
  public void writeF32(int address, float value) {
    FLOAT.set(bytes, range(address, 4), value);
  }

  @Override
  public void writeF64(int address, double value) {
    DOUBLE.set(bytes, range(address, 8), value);
  }

  @Override
  public void write(int address, byte[] data, int from, int length) {
    if (length < 0 || from < 0 || from > data.length - length) {
      throw new OutOfBoundsException();
    }
    System.arraycopy(data, from, bytes, range(address, length), length);
  }

  @Override
  public void fill(byte value, int from, int to) {
    range(from, to - from);
    Arrays.fill(bytes, from, to, value);
  }

  @Override
  public void copy(int to, int from, int length) {
    range(from, length);
    System.arraycopy(bytes, from, bytes, range(to, length), length);
  }

  /// Called once, before anything is written: a new array is zero already.
  @Override
  public void zero() {}

  @Override
  public void initialize(Instance instance, DataSegment[] dataSegments) {
    initialize(instance, dataSegments, 0);
  }

  @Override
  public void initialize(Instance instance, DataSegment[] dataSegments, int memoryIndex) {
    segments = dataSegments;
    for (DataSegment segment : dataSegments) {
      if (segment instanceof ActiveDataSegment active && active.index() == memoryIndex) {
        long[] offset =
            ConstantEvaluators.computeConstantValue(instance, active.offsetInstructions());
        write((int) offset[0], active.data());
      }
    }
  }

  @Override
  public void initPassiveSegment(int segment, int to, int from, int length) {
    write(to, segments[segment].data(), from, length);
  }

  @Override
  public void drop(int segment) {
    segments[segment] = PassiveDataSegment.EMPTY;
  }

  @Override
  public boolean shared() {
    return false;
  }

  /// What the engine's atomic operations hold; there is one thread.
  @Override
  @SuppressWarnings("removal")
  public Object lock(int address) {
    return this;
  }

  @Override
  @SuppressWarnings("removal")
  public int waitOn(int address, int expected, long timeout) {
    throw new RunEndedException(new Outcome.Faulted("it waits on memory that isn't shared"));
  }

  @Override
  @SuppressWarnings("removal")
  public int waitOn(int address, long expected, long timeout) {
    throw new RunEndedException(new Outcome.Faulted("it waits on memory that isn't shared"));
  }

  @Override
  @SuppressWarnings("removal")
  public int notify(int address, int most) {
    return 0;
  }

  /// An access outside of the memory: a trap.
  static final class OutOfBoundsException extends RuntimeException {

    private static final long serialVersionUID = 1;

    OutOfBoundsException() {
      super("out of bounds memory access", null, false, false);
    }
  }
}
