package io.vexel.index;

import java.util.Locale;

/** What the pool of a walk through a graph is ordered by. What is found is ranked by full vectors in any case. */
public enum Pool {

    /** As the length of the codes suggests: {@link #ESTIMATE} above 256 elements, {@link #EXACT} below, and where rows are small. */
    AUTO,

    /** By distances between codes: each vertex in it has been compared by its codes. */
    EXACT,

    /**
     * By estimates, which a scan of a full row gives for all neighbors at once; a vertex is compared by its codes when the walk comes to it. Fewer codes
     * are read, and more is missed at the same ef. Small rows give no estimates: there it is as {@link #EXACT}.
     */
    ESTIMATE;

    /** The word for it in options and plans. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
