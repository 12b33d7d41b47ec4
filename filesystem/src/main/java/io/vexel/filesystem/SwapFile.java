package io.vexel.filesystem;

import io.vexel.device.BlockDevice;
import io.vexel.device.DeviceAccess;
import io.vexel.device.SectorDevice;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The blocks of a file without a name as a device of their own. Reads and writes go to the device of the volume, past journal, cache and check table.
 *
 * <p>Invariant: as long as it is open, no check entry of its blocks is set, and nobody else has them: so whatever is in them counts as never written.
 */
final class SwapFile extends SectorDevice {

    private final BlockDevice device;
    private final Consumer<SwapFile> release;

    /** Where each extent begins in the file, ascending from 0, and on the device; in bytes. */
    private final long[] starts;

    private final long[] places;

    @FunctionalInterface
    private interface Piece {
        void at(long place, MemorySegment part);
    }

    /**
     * @param extents of the file, ascending and without a hole
     * @param bytes of all of them together
     * @param release called once, when nothing reads or writes any more
     */
    SwapFile(BlockDevice device, Geometry geometry, List<Extent> extents, long bytes, Consumer<SwapFile> release) {
        super("swap file in " + device.name(), bytes, device.sectorSize(), DeviceAccess.READ_WRITE);
        this.device = device;
        this.release = release;
        this.starts = extents.stream()
                .mapToLong(extent -> extent.logical() * geometry.blockSize)
                .toArray();
        this.places = extents.stream()
                .mapToLong(extent -> geometry.offset(extent.physical()))
                .toArray();
    }

    /** The parts of a range, by extents. */
    private void pieces(long offset, MemorySegment bytes, Piece piece) {
        int found = Arrays.binarySearch(starts, offset);
        int extent = found >= 0 ? found : -found - 2;
        for (long done = 0; done < bytes.byteSize(); extent++) {
            long at = offset + done;
            long end = extent + 1 < starts.length ? starts[extent + 1] : size();
            long length = Math.min(bytes.byteSize() - done, end - at);
            piece.at(places[extent] + at - starts[extent], bytes.asSlice(done, length));
            done += length;
        }
    }

    @Override
    protected void readSectors(long offset, MemorySegment target) {
        pieces(offset, target, device::read);
    }

    @Override
    protected void readManySectors(long[] offsets, MemorySegment[] targets, int count) {
        Pieces all = new Pieces(count);
        for (int i = 0; i < count; i++) {
            pieces(offsets[i], targets[i], all::add);
        }
        device.readMany(all.places, all.parts, all.count);
    }

    private static final class Pieces {

        private long[] places;
        private MemorySegment[] parts;
        private int count;

        Pieces(int expected) {
            places = new long[expected];
            parts = new MemorySegment[expected];
        }

        void add(long place, MemorySegment part) {
            if (count == places.length) {
                places = Arrays.copyOf(places, 2 * count);
                parts = Arrays.copyOf(parts, 2 * count);
            }
            places[count] = place;
            parts[count++] = part;
        }
    }

    @Override
    public boolean overlapsReads() {
        return device.overlapsReads();
    }

    @Override
    protected void writeSectors(long offset, MemorySegment source) {
        pieces(offset, source, device::write);
    }

    /**
     * Nothing of the file is left after this mount, so nothing has to be durable. The device is not flushed: a failure of that must reach
     * whoever commits, and is told once.
     */
    @Override
    protected void flushDevice() {
        // Every write is as durable as it will ever be.
    }

    @Override
    protected void discardSectors(long offset, long length) {
        // The blocks stay the file's.
    }

    @Override
    protected void closeDevice() {
        release.accept(this);
    }
}
