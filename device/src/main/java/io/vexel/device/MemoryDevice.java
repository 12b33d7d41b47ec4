package io.vexel.device;

import io.vexel.base.Bytes;
import io.vexel.base.Checks;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A device in off-heap memory, in chunks that exist once they were written. Reads of the rest are zeros. Flush does nothing:
 * the contents live as long as the device. Whole chunks that are discarded are zeroed; partial ones keep their bytes.
 */
public final class MemoryDevice extends SectorDevice {

    private static final long CHUNK_BYTES = 256 * Bytes.KIB;
    /** Largest device in memory. */
    public static final long MAX_BYTES = Bytes.TIB;

    private final MemoryBudget budget;
    private final AtomicReferenceArray<@Nullable Region> chunks;

    private MemoryDevice(long size, int sectorSize, MemoryBudget budget) {
        super("memory", size, sectorSize, DeviceAccess.READ_WRITE);
        this.budget = budget;
        this.chunks = new AtomicReferenceArray<>(Math.toIntExact(Bytes.ceilDiv(size, CHUNK_BYTES)));
    }

    /**
     * A device of zeros with sectors of 512 bytes.
     *
     * @param size bytes, 512..1 TiB
     * @param budget where the chunks come from; a write that it refuses throws {@link io.vexel.base.CapacityException}
     */
    public static MemoryDevice create(long size, MemoryBudget budget) {
        return create(size, MIN_SECTOR_BYTES, budget);
    }

    /** As {@link #create(long, MemoryBudget)} with sectors of another size. */
    public static MemoryDevice create(long size, int sectorSize, MemoryBudget budget) {
        Checks.inRange("size", size, sectorSize, MAX_BYTES);
        return new MemoryDevice(size, sectorSize, budget);
    }

    @Override
    protected void readSectors(long offset, MemorySegment target) {
        long done = 0;
        while (done < target.byteSize()) {
            long within = (offset + done) % CHUNK_BYTES;
            long length = Math.min(CHUNK_BYTES - within, target.byteSize() - done);
            Region chunk = chunks.get((int) ((offset + done) / CHUNK_BYTES));
            if (chunk == null) {
                target.asSlice(done, length).fill((byte) 0);
            } else {
                MemorySegment.copy(chunk.segment(), within, target, done, length);
            }
            done += length;
        }
    }

    @Override
    protected void writeSectors(long offset, MemorySegment source) {
        long done = 0;
        while (done < source.byteSize()) {
            long within = (offset + done) % CHUNK_BYTES;
            long length = Math.min(CHUNK_BYTES - within, source.byteSize() - done);
            MemorySegment chunk = chunk((int) ((offset + done) / CHUNK_BYTES)).segment();
            MemorySegment.copy(source, done, chunk, within, length);
            done += length;
        }
    }

    private Region chunk(int index) {
        Region chunk = chunks.get(index);
        return chunk != null ? chunk : addChunk(index);
    }

    private synchronized Region addChunk(int index) {
        Region chunk = chunks.get(index);
        if (chunk == null) {
            chunk = Region.allocate(budget, "memory device", CHUNK_BYTES);
            chunks.set(index, chunk);
        }
        return chunk;
    }

    @Override
    protected void flushDevice() {
        // Nothing is volatile here: the medium is the memory itself.
    }

    @Override
    protected void discardSectors(long offset, long length) {
        for (long at = Bytes.roundUp(offset, CHUNK_BYTES); at + CHUNK_BYTES <= offset + length; at += CHUNK_BYTES) {
            Region chunk = chunks.get((int) (at / CHUNK_BYTES));
            if (chunk != null) {
                chunk.segment().fill((byte) 0);
            }
        }
    }

    @Override
    protected void closeDevice() {
        for (int i = 0; i < chunks.length(); i++) {
            Region chunk = chunks.getAndSet(i, null);
            if (chunk != null) {
                chunk.close();
            }
        }
    }
}
