package io.vexel.index;

/** Which rows may appear in a result. Answers for an ordinal do not change during a search. Safe for use by any thread. */
@FunctionalInterface
public interface RowFilter {

    /** Accepts every row. */
    RowFilter ALL = new RowFilter() {
        @Override
        public boolean accepts(long ordinal) {
            return true;
        }

        @Override
        public boolean acceptsAll(long firstOrdinal, int count) {
            return true;
        }
    };

    boolean accepts(long ordinal);

    /** True only when all rows of the range are accepted; false when some are not or when it is not cheap to tell. */
    default boolean acceptsAll(long firstOrdinal, int count) {
        return false;
    }

    /** True only when no row of the range is accepted, and none is worth reading; false when some are or when it is not cheap to tell. */
    default boolean acceptsNone(long firstOrdinal, int count) {
        return false;
    }

    /** The same rows but one. */
    default RowFilter without(long ordinal) {
        RowFilter all = this;
        return new RowFilter() {
            @Override
            public boolean accepts(long asked) {
                return asked != ordinal && all.accepts(asked);
            }

            @Override
            public boolean acceptsAll(long firstOrdinal, int count) {
                boolean outside = ordinal < firstOrdinal || ordinal >= firstOrdinal + count;
                return outside && all.acceptsAll(firstOrdinal, count);
            }

            @Override
            public boolean acceptsNone(long firstOrdinal, int count) {
                return all.acceptsNone(firstOrdinal, count);
            }
        };
    }
}
