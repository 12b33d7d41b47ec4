package io.vexel.paging.space;

import io.vexel.base.Checks;
import io.vexel.memory.zone.PageAllocator;
import io.vexel.paging.replacement.PolicyKind;

/**
 * How a pager works.
 *
 * @param pageBytes bytes of a page: 4, 8 or 16 KiB
 * @param mostFrames pages that may be in memory at once, as far as the budget allows: a multiple of the frames of an extent, and at least
 *     {@value #LEAST_FRAMES}. About 70 bytes of bookkeeping a frame are taken at once
 * @param extentOrder frames are taken in blocks of 4 KiB times 2 to this power, 2..12; from 9 on they are huge pages
 * @param policy which page leaves when another comes in
 */
public record PagerOptions(int pageBytes, int mostFrames, int extentOrder, PolicyKind policy, Tuning tuning) {

    /** Fewest frames. */
    public static final int LEAST_FRAMES = 8;

    /** Most pages that are read at once. */
    public static final int MAX_AHEAD = 32;

    private static final int LARGEST_PAGE = 1 << 14;
    private static final int HUGE_ORDER = 9;

    /**
     * What has a default that is seldom changed.
     *
     * @param dirtyPercent who writes to files while more than this share of the frames holds what is not written out yet writes some of it out
     *     first; 1..100
     * @param aheadPages most pages that are read ahead at once, 0..{@value PagerOptions#MAX_AHEAD}
     */
    public record Tuning(int dirtyPercent, int aheadPages) {

        public Tuning {
            Checks.inRange("dirtyPercent", dirtyPercent, 1, 100);
            Checks.inRange("aheadPages", aheadPages, 0, MAX_AHEAD);
        }
    }

    public PagerOptions {
        Checks.powerOfTwo("pageBytes", pageBytes, PageAllocator.PAGE_BYTES, LARGEST_PAGE);
        Checks.inRange("extentOrder", extentOrder, 2, 12);
        int perExtent = (PageAllocator.PAGE_BYTES << extentOrder) / pageBytes;
        Checks.inRange("mostFrames", mostFrames, LEAST_FRAMES, PolicyKind.MAX_FRAMES);
        Checks.argument(
                mostFrames % perExtent == 0,
                "mostFrames=" + mostFrames + ", allowed: multiples of " + perExtent + ", the frames of an extent");
    }

    /** Frames of 2 MiB extents, as many as fit into so many bytes. */
    public static PagerOptions ofBytes(int pageBytes, long bytes) {
        int perExtent = (PageAllocator.PAGE_BYTES << HUGE_ORDER) / pageBytes;
        long extents = Math.min(bytes / pageBytes, PolicyKind.MAX_FRAMES) / perExtent;
        return new PagerOptions(
                pageBytes,
                (int) Math.max(1, extents) * perExtent,
                HUGE_ORDER,
                PolicyKind.DEFAULT,
                new Tuning(20, MAX_AHEAD));
    }

    /** The same with another policy. */
    public PagerOptions withPolicy(PolicyKind kind) {
        return new PagerOptions(pageBytes, mostFrames, extentOrder, kind, tuning);
    }

    /** The same with other tuning. */
    public PagerOptions withTuning(Tuning other) {
        return new PagerOptions(pageBytes, mostFrames, extentOrder, policy, other);
    }
}
