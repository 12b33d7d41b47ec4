package io.vexel.bench.paging;

import io.vexel.base.Checks;
import java.util.Arrays;

/** Pages in the order in which they were asked for. Immutable. */
final class PageTrace {

    /** Most pages that a trace tells apart. */
    static final int MOST_PAGES = 1 << 30;

    private final String name;
    private final int[] accesses;
    private final int pageCount;

    private PageTrace(String name, int[] accesses) {
        this.name = name;
        this.accesses = accesses;
        pageCount = (int) Arrays.stream(accesses)
                .map(access -> access >>> 1)
                .sorted()
                .distinct()
                .count();
    }

    String name() {
        return name;
    }

    /** Accesses there are. */
    int length() {
        return accesses.length;
    }

    /** Different pages among them. */
    int pageCount() {
        return pageCount;
    }

    /** The number of a page, 0..{@value #MOST_PAGES}, exclusive. */
    int page(int index) {
        return accesses[index] >>> 1;
    }

    /** Whether the access belongs to a scan. */
    boolean isScan(int index) {
        return (accesses[index] & 1) != 0;
    }

    /** The largest page number and one; 0 without accesses. */
    int pageEnd() {
        return Arrays.stream(accesses).map(access -> (access >>> 1) + 1).max().orElse(0);
    }

    /** Collects accesses. */
    static final class Recorder {

        private int[] accesses = new int[1024];
        private int count;

        /** Somebody asked for a page, 0..{@value #MOST_PAGES}, exclusive. */
        Recorder demand(long page) {
            return add(page, 0);
        }

        /** A scan came by a page. */
        Recorder scan(long page) {
            return add(page, 1);
        }

        private Recorder add(long page, int scan) {
            Checks.inRange("page", page, 0, MOST_PAGES - 1L);
            if (count == accesses.length) {
                accesses = Arrays.copyOf(accesses, 2 * count);
            }
            accesses[count++] = (int) page << 1 | scan;
            return this;
        }

        PageTrace trace(String name) {
            return new PageTrace(name, Arrays.copyOf(accesses, count));
        }
    }
}
