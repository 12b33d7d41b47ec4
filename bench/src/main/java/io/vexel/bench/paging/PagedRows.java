package io.vexel.bench.paging;

import io.vexel.base.Bytes;

/**
 * Where rows lie when they are laid one after the other into pages.
 *
 * @param rows how many
 * @param rowBytes bytes of each, at least 1
 * @param pageBytes bytes of a page, at least 1
 */
record PagedRows(int rows, long rowBytes, int pageBytes) {

    /** Pages that the rows take. */
    long pages() {
        return Bytes.ceilDiv(rows * rowBytes, pageBytes);
    }

    /** Asks for all pages that a row lies in. */
    void demand(int row, PageTrace.Recorder recorder) {
        long last = ((row + 1) * rowBytes - 1) / pageBytes;
        for (long page = row * rowBytes / pageBytes; page <= last; page++) {
            recorder.demand(page);
        }
    }

    /** Goes over all pages once. */
    void scan(PageTrace.Recorder recorder) {
        for (long page = 0; page < pages(); page++) {
            recorder.scan(page);
        }
    }
}
