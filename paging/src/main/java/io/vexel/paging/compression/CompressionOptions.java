package io.vexel.paging.compression;

import io.vexel.base.Checks;

/**
 * How pages are compressed.
 *
 * @param way codecs
 * @param pageBytes bytes of a page: 4, 8 or 16 KiB
 * @param mostBytes most memory for compressed pages, at least 1; what is behind goes to swap
 * @param timeBudgetNanos a codec that takes longer than this for a page, time and again, is left alone for a while; at least 1
 */
public record CompressionOptions(Compression way, int pageBytes, long mostBytes, long timeBudgetNanos) {

    private static final int SMALLEST_PAGE = 1 << 12;
    private static final int LARGEST_PAGE = 1 << 14;
    private static final long NANOS_A_BYTE = 25;

    public CompressionOptions {
        Checks.powerOfTwo("pageBytes", pageBytes, SMALLEST_PAGE, LARGEST_PAGE);
        Checks.inRange("mostBytes", mostBytes, 1, Long.MAX_VALUE);
        Checks.inRange("timeBudgetNanos", timeBudgetNanos, 1, Long.MAX_VALUE);
    }

    /** With a time budget of 25 ns a byte: 100 us for 4 KiB, about what reading a page from a fast device costs. */
    public static CompressionOptions of(Compression way, int pageBytes, long mostBytes) {
        return new CompressionOptions(way, pageBytes, mostBytes, NANOS_A_BYTE * pageBytes);
    }
}
