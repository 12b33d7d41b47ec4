package io.vexel.bench.paging;

import java.util.SplittableRandom;

/**
 * How searches follow one another: queries by a Zipf distribution, and now and then a scan of all rows.
 *
 * @param searches how many
 * @param skew exponent of the Zipf distribution, above 0
 * @param searchesPerScan searches between two scans
 * @param pageBytes bytes of a page
 * @param seed of all that is drawn
 */
record Workload(int searches, double skew, int searchesPerScan, int pageBytes, long seed) {

    /** Which queries are popular. */
    enum Popularity {
        /** The same ones all the time. */
        STEADY,
        /** Others, little by little: {@value #SHIFTS} times all over in one trace. */
        DRIFTING
    }

    private static final int SHIFTS = 2;

    /** A trace of searches of which each asks for the rows of a query. */
    PageTrace trace(String name, int[][] rowsOfQueries, PagedRows paged, Popularity popularity) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] byRank = shuffled(rowsOfQueries.length, random);
        double[] shares = cumulative(rowsOfQueries.length);
        PageTrace.Recorder recorder = new PageTrace.Recorder();
        for (int search = 0; search < searches; search++) {
            if (search % searchesPerScan == searchesPerScan - 1) {
                paged.scan(recorder);
            }
            long shift = popularity == Popularity.STEADY ? 0 : (long) SHIFTS * search * rowsOfQueries.length / searches;
            int rank = rank(shares, random.nextDouble());
            for (int row : rowsOfQueries[byRank[(int) ((rank + shift) % byRank.length)]]) {
                paged.demand(row, recorder);
            }
        }
        return recorder.trace(name);
    }

    /** A trace without searches: single rows by the same distribution, and scans. */
    PageTrace madeUp(String name, PagedRows paged) {
        int[][] rows = new int[paged.rows()][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = new int[] {row};
        }
        return trace(name, rows, paged, Popularity.STEADY);
    }

    private double[] cumulative(int count) {
        double[] shares = new double[count];
        double sum = 0;
        for (int rank = 0; rank < count; rank++) {
            sum += Math.pow(rank + 1, -skew);
            shares[rank] = sum;
        }
        return shares;
    }

    private static int rank(double[] shares, double drawn) {
        int at = java.util.Arrays.binarySearch(shares, drawn * shares[shares.length - 1]);
        return Math.min(at < 0 ? -at - 1 : at, shares.length - 1);
    }

    private static int[] shuffled(int count, SplittableRandom random) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
