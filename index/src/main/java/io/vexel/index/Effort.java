package io.vexel.index;

import io.vexel.base.Checks;

/**
 * How thoroughly a derived index searches.
 *
 * @param ef candidates kept while searching, 1..{@value #MAX_EF}; at least {@code k} are kept in any case. More finds more and takes longer
 * @param rowEnd only rows below are found
 * @param pool what the walk through a graph goes by; other kinds take no notice
 */
public record Effort(int ef, long rowEnd, Pool pool) {

    public static final int DEFAULT_EF = 64;
    public static final int MAX_EF = 1 << 20;

    public Effort {
        Checks.inRange("ef", ef, 1, MAX_EF);
        Checks.inRange("rowEnd", rowEnd, 0, Long.MAX_VALUE);
    }

    /** With the pool that suits the index. */
    public Effort(int ef, long rowEnd) {
        this(ef, rowEnd, Pool.AUTO);
    }

    /** Among all rows. */
    public static Effort of(int ef) {
        return new Effort(ef, Long.MAX_VALUE);
    }

    /** Among all rows, with the default for so many results. */
    public static Effort forK(int k) {
        return of((int) Math.min(MAX_EF, Math.max(DEFAULT_EF, 2L * k)));
    }

    public Effort withRowEnd(long newRowEnd) {
        return new Effort(ef, newRowEnd, pool);
    }

    public Effort withPool(Pool newPool) {
        return new Effort(ef, rowEnd, newPool);
    }
}
