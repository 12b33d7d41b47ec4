package io.vexel.paging.compression;

/**
 * What a store of compressed pages holds, and what it did since it was made.
 *
 * @param pages compressed pages there are, and pages of one word
 * @param samePages pages of one word repeated, which take no memory; among {@code pages}
 * @param storedBytes bytes of the compressed pages
 * @param heldBytes memory that they lie in
 * @param work what was done
 */
public record CompressionStatistics(long pages, long samePages, long storedBytes, long heldBytes, Work work) {

    /**
     * What was done.
     *
     * @param compressed pages that were kept compressed
     * @param same pages of one word that were kept
     * @param poor pages that would have taken more than three quarters, as was seen by compressing them
     * @param poorBySample pages of which a sample was seen not to become smaller
     * @param skipped pages that were not tried, because others of their class were poor or took too long
     * @param full pages for which there was no room
     * @param overTime pages that took longer than the time budget
     * @param loaded pages that were taken out again
     * @param bytesIn bytes of the pages that were kept compressed
     * @param bytesOut bytes that they became
     * @param nanosIn time of compressing, trials that were poor among it
     * @param nanosOut time of decompressing
     */
    public record Work(
            long compressed,
            long same,
            long poor,
            long poorBySample,
            long skipped,
            long full,
            long overTime,
            long loaded,
            long bytesIn,
            long bytesOut,
            long nanosIn,
            long nanosOut) {}

    /** Bytes of the pages that were kept compressed over what they became; 0 before the first. */
    public double ratio() {
        return work.bytesOut == 0 ? 0 : (double) work.bytesIn / work.bytesOut;
    }
}
