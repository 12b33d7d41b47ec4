package io.vexel.index;

/**
 * Which rows of an index a search may find.
 *
 * @param rowEnd only rows below
 */
record Admission(long rowEnd, RowFilter live, RowFilter filter, Cancellation cancellation) {

    static Admission of(SearchRequest request, Effort effort) {
        return new Admission(effort.rowEnd(), request.live(), request.filter(), request.cancellation());
    }

    /** @param ordinal of a row; below zero where there is none */
    boolean accepts(long ordinal) {
        return ordinal >= 0 && ordinal < rowEnd && live.accepts(ordinal) && filter.accepts(ordinal);
    }
}
