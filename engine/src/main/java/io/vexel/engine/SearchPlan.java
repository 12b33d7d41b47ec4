package io.vexel.engine;

import io.vexel.index.IndexKind;

/**
 * How a search was carried out.
 *
 * @param kind which way
 * @param index the index that was used; flat where every row was compared
 * @param ef candidates that the index kept; 0 without an index
 * @param indexedRows rows that were left to the index
 * @param comparedRows rows, dead ones among them, that were looked at one by one: all of them, those of a filter, or the tail
 * @param reason why this way, in plain words
 */
public record SearchPlan(Kind kind, IndexKind index, int ef, long indexedRows, long comparedRows, String reason) {

    /** The ways to carry out a search. */
    public enum Kind {
        /** Every row is compared. Repeatable to the bit. */
        EXACT_SCAN,
        /** The rows that a filter's payload indexes allow are compared, and no other. Repeatable to the bit. */
        MATCHES_ALONE,
        /** The index answers for the rows that are in it, and the rows of the tail are compared. */
        INDEX_AND_TAIL,
        /** The index was asked, found less than there may be, and then every row was compared that the filter's payload indexes allow. */
        INDEX_THEN_SCAN
    }

    /** In one line, for people. */
    public String explain() {
        String way = switch (kind) {
            case EXACT_SCAN -> "exact scan of " + comparedRows + " rows";
            case MATCHES_ALONE -> comparedRows + " rows that the filter's payload indexes allow compared";
            case INDEX_AND_TAIL ->
                index.label() + " index of " + indexedRows + " rows with ef " + ef + ", and the tail of " + comparedRows
                        + " rows compared";
            case INDEX_THEN_SCAN ->
                index.label() + " index of " + indexedRows + " rows with ef " + ef + ", then " + comparedRows
                        + " rows compared";
        };
        return way + "; " + reason;
    }
}
