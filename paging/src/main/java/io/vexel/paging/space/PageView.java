package io.vexel.paging.space;

import static io.vexel.memory.raw.RawMemory.ALL;

import io.vexel.base.Checks;
import io.vexel.paging.replacement.AccessHint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Pages that are read without a lock:
 *
 * <pre>{@code
 * long stamp;
 * do {
 *     stamp = view.tryRead(page);
 *     if (stamp == PageView.ABSENT) {
 *         stamp = view.fault(page, AccessHint.DEMAND);
 *     }
 *     result = compute(view.address(stamp) + offsetInPage);
 * } while (!view.validate(page, stamp));
 * }</pre>
 *
 * <p>What was computed counts only after {@code validate} said so; before, the frame may have been given to another page. Reading there is
 * harmless even then: frames are never unmapped before the pager is closed. The loop allocates nothing as long as the page is in memory.
 */
public sealed interface PageView permits PagedFile, Mapping {

    /** No stamp: the page is not in memory, or it is being written to. */
    long ABSENT = 0;

    /** Pages there are. */
    long pages();

    /** Bytes of a page. */
    int pageBytes();

    /**
     * A stamp for reading a page that is in memory, or {@link #ABSENT}. The replacement policy takes it for wanted.
     *
     * @throws IndexOutOfBoundsException when there is no such page
     */
    long tryRead(long page);

    /** As {@link #tryRead}, but the policy is not told: what a scan comes by is no more wanted for it. */
    long peek(long page);

    /**
     * Brings a page into memory, when it is not there, and gives a stamp for reading it.
     *
     * @throws io.vexel.base.CapacityException when there is no frame for it
     * @throws io.vexel.base.VexelException when it cannot be read
     */
    long fault(long page, AccessHint hint);

    /** Where the page of a stamp lies; only {@code io.vexel.memory.raw} can read there. */
    long address(long stamp);

    /** Whether all that was read since the stamp was taken was read from this page, and nothing was written to it meanwhile. */
    boolean validate(long page, long stamp);

    /**
     * Copies bytes. Each page is copied as it is at one moment, not all at the same.
     *
     * @param offset of the first byte, from the start of page 0
     */
    default void read(long offset, MemorySegment target) {
        read(offset, target, AccessHint.DEMAND);
    }

    /** As {@link #read(long, MemorySegment)}, for one of many reads in order where the hint says so. */
    default void read(long offset, MemorySegment target, AccessHint hint) {
        Checks.inRange("offset", offset, 0, pages() * pageBytes());
        Checks.inRange("bytes", target.byteSize(), 0, pages() * pageBytes() - offset);
        long done = 0;
        while (done < target.byteSize()) {
            long page = (offset + done) / pageBytes();
            int inPage = (int) ((offset + done) % pageBytes());
            long bytes = Math.min(pageBytes() - inPage, target.byteSize() - done);
            long stamp;
            do {
                stamp = hint == AccessHint.DEMAND ? tryRead(page) : peek(page);
                if (stamp == ABSENT) {
                    stamp = fault(page, hint);
                }
                MemorySegment.copy(
                        ALL,
                        ValueLayout.JAVA_BYTE,
                        address(stamp) + inPage,
                        target,
                        ValueLayout.JAVA_BYTE,
                        done,
                        bytes);
            } while (!validate(page, stamp));
            done += bytes;
        }
    }
}
