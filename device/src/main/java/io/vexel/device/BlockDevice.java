package io.vexel.device;

import java.lang.foreign.MemorySegment;

/**
 * A device of fixed size that is read and written in whole sectors.
 *
 * <p>Contract: a write is durable only after a later {@link #flush} returned. Until then it may reach the medium whole, in
 * part (sector by sector, in any order) or not at all. A sector is written whole or not at all only if the device says so;
 * callers assume nothing larger than 512 bytes. After a failed flush nothing is known about the writes before it, and the
 * device must not be trusted with another acknowledgement.
 *
 * <p>Offsets and lengths are multiples of {@link #sectorSize()} and lie within {@link #size()}. Buffers are native
 * segments or heap segments over {@code byte[]}; native ones aligned to the sector size avoid a copy. Every method may be
 * called from any thread.
 *
 * <p>All operations throw {@link io.vexel.base.DeviceException} when the device fails and
 * {@link io.vexel.base.ClosedException} after {@link #close}.
 */
public interface BlockDevice extends AutoCloseable {

    /** Bytes on the device; a multiple of the sector size. */
    long size();

    /** Bytes of a sector: a power of two from 512 to 65536. */
    int sectorSize();

    /** True when writes are refused. */
    boolean readOnly();

    /** Fills {@code target} from the device. */
    void read(long offset, MemorySegment target);

    /**
     * Fills several targets. Means what {@link #read} of one after the other means, save that a device which can has the reads under way at once, and
     * all of them have ended when it returns or throws. Of several reads that fail the error is that of the first in the arrays; what is in the targets
     * then is not to be used.
     *
     * @param offsets as for {@link #read}
     * @param targets as for {@link #read}; they do not overlap
     * @param count how many of both count, from the first on
     */
    default void readMany(long[] offsets, MemorySegment[] targets, int count) {
        for (int i = 0; i < count; i++) {
            read(offsets[i], targets[i]);
        }
    }

    /** Whether the reads of {@link #readMany} are under way at once. */
    default boolean overlapsReads() {
        return false;
    }

    /** Writes all of {@code source}. */
    void write(long offset, MemorySegment source);

    /** Makes all writes that returned before this call durable. */
    void flush();

    /** Says that a range is not needed any more. What it reads as afterwards is unspecified until it is written again. */
    void discard(long offset, long length);

    /** A short name for messages: a path, or what kind of device it is. */
    String name();

    @Override
    void close();
}
