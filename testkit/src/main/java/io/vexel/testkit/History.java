package io.vexel.testkit;

import io.vexel.testkit.DeviceOperation.FailedFlush;
import io.vexel.testkit.DeviceOperation.Flush;
import io.vexel.testkit.DeviceOperation.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The log of a device over the image it began with: what the medium may hold when the power fails after any operation.
 *
 * <p>The fault model: a write is safe once a flush that began after it has returned. Of the writes after the last such flush
 * any subset may be there, each whole or in part; parts are sectors of 512 bytes, and a sector in flight may be garbage.
 * Writes to the same sector keep their order. Sectors not written stay as they were.
 */
public final class History {

    private final List<DeviceOperation> log;
    /** By position in the log: what is safe from there until the next key. */
    private final TreeMap<Integer, DiskImage> safe = new TreeMap<>();

    History(DiskImage initial, List<DeviceOperation> log) {
        this.log = log;
        DiskImage image = initial.copy();
        safe.put(0, initial);
        int from = 0;
        for (int i = 0; i < log.size(); i++) {
            if (log.get(i) instanceof Write) {
                continue;
            }
            SplittableRandom coin =
                    log.get(i) instanceof FailedFlush failed ? new SplittableRandom(failed.seed()) : null;
            for (DeviceOperation operation : log.subList(from, i)) {
                if (operation instanceof Write write && (coin == null || coin.nextBoolean())) {
                    image.write(write.offset(), write.data(), 0, write.data().length);
                }
            }
            from = i + 1;
            safe.put(from, image.detach());
        }
    }

    /** Number of operations; a crash may come after 0..length of them. */
    public int length() {
        return log.size();
    }

    /** The operations. */
    public List<DeviceOperation> operations() {
        return log;
    }

    /** True when the operation at the position is a flush that succeeded. */
    public boolean flushAt(int position) {
        return log.get(position) instanceof Flush;
    }

    /** What is on the medium for sure after the first {@code position} operations. Not to be written: copy it. */
    public DiskImage safeImage(int position) {
        return safe.floorEntry(position).getValue();
    }

    /** The writes that are in flight after the first {@code position} operations, oldest first. */
    public List<Write> inFlight(int position) {
        List<Write> result = new ArrayList<>();
        for (DeviceOperation operation : log.subList(safe.floorKey(position), position)) {
            result.add((Write) operation);
        }
        return result;
    }

    /** The medium when the writes in flight met these fates. */
    public DiskImage crash(int position, List<Fate> fates) {
        List<Write> writes = inFlight(position);
        if (fates.size() != writes.size()) {
            throw new IllegalArgumentException("fates=" + fates.size() + ", allowed: " + writes.size());
        }
        DiskImage image = safeImage(position).copy();
        for (int i = 0; i < fates.size(); i++) {
            fates.get(i).land(writes.get(i), image);
        }
        return image;
    }
}
