package io.vexel.engine;

import io.vexel.index.IndexKind;
import io.vexel.index.Pool;
import java.util.Optional;

/**
 * How a search was carried out.
 *
 * @param kind which way
 * @param index the index that was used; flat where every row was compared
 * @param ef candidates that the index kept; 0 without an index
 * @param indexedRows rows that were left to the index
 * @param comparedRows rows, dead ones among them, that were looked at one by one: all of them, those of a filter, by their codes or vectors, or the tail
 * @param fetched nearest rows that the index was asked for, so that enough of them fulfil the filter, which is held against them afterwards; 0 where it is not
 * @param reason why this way, in plain words
 * @param goal what a search that names a recall can expect; empty for any other
 * @param keywords the part that went by words; empty when none were given
 * @param fusion how several lists became one; empty when there was one
 * @param pool what the walk through a graph went by, {@link Pool#EXACT} or {@link Pool#ESTIMATE}; empty when there was none
 */
public record SearchPlan(
        Kind kind,
        IndexKind index,
        int ef,
        long indexedRows,
        long comparedRows,
        int fetched,
        String reason,
        Optional<RecallGoal> goal,
        Optional<KeywordPlan> keywords,
        Optional<FusionPlan> fusion,
        Optional<Pool> pool) {

    /** Without anything beside. */
    SearchPlan(Kind kind, IndexKind index, int ef, long indexedRows, long comparedRows, String reason) {
        this(
                kind,
                index,
                ef,
                indexedRows,
                comparedRows,
                0,
                reason,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** The same with what a walk goes by. */
    SearchPlan with(Pool held) {
        return new SearchPlan(
                kind, index, ef, indexedRows, comparedRows, fetched, reason, goal, keywords, fusion, Optional.of(held));
    }

    /** The same for so many rows, without what has to be asked about them afterwards. */
    SearchPlan thenFilter(int rows) {
        return new SearchPlan(
                Kind.INDEX_THEN_FILTER,
                index,
                ef,
                indexedRows,
                comparedRows,
                rows,
                reason,
                goal,
                keywords,
                fusion,
                pool);
    }

    /** The same with the filter asked on the way, and why. */
    SearchPlan onTheWay(String why) {
        return new SearchPlan(
                Kind.INDEX_AND_TAIL,
                index,
                ef,
                indexedRows,
                comparedRows,
                0,
                reason + "; " + why,
                goal,
                keywords,
                fusion,
                pool);
    }

    /** The same with what the search can expect. */
    SearchPlan with(RecallGoal expectation) {
        return new SearchPlan(
                kind,
                index,
                ef,
                indexedRows,
                comparedRows,
                fetched,
                reason,
                Optional.of(expectation),
                keywords,
                fusion,
                pool);
    }

    /** The same with words beside. */
    SearchPlan with(KeywordPlan words) {
        return new SearchPlan(
                kind, index, ef, indexedRows, comparedRows, fetched, reason, goal, Optional.of(words), fusion, pool);
    }

    /** The same with lists that become one. */
    SearchPlan with(FusionPlan lists) {
        return new SearchPlan(
                kind, index, ef, indexedRows, comparedRows, fetched, reason, goal, keywords, Optional.of(lists), pool);
    }

    /** The ways to carry out a search. */
    public enum Kind {
        /** There is no vector to compare with: points are found by their words alone. Repeatable to the bit. */
        WORDS_ALONE,
        /** Every row is compared. Repeatable to the bit. */
        EXACT_SCAN,
        /** The rows that a filter's payload indexes allow are compared, and no other. Repeatable to the bit. */
        MATCHES_ALONE,
        /**
         * The rows that a filter's payload indexes allow are compared by the codes that the index has of them, and the nearest of
         * those by their vectors; the rows of the tail are compared.
         */
        MATCHES_BY_CODE,
        /** The index answers for the rows that are in it, and the rows of the tail are compared. */
        INDEX_AND_TAIL,
        /**
         * As {@link #INDEX_AND_TAIL}, for more rows than are wanted, and without what the filter's payload indexes leave open: payloads are read afterwards, of the
         * nearest rows first, until enough of them fulfil the filter.
         */
        INDEX_THEN_FILTER,
        /** The index was asked, found less than there may be, and then every row was compared that the filter's payload indexes allow. */
        INDEX_THEN_SCAN
    }

    /** Whether the hits are sure to be the nearest: all rows were compared that may be among them. */
    public boolean isExact() {
        return switch (kind) {
            case WORDS_ALONE, EXACT_SCAN, MATCHES_ALONE, INDEX_THEN_SCAN -> true;
            case MATCHES_BY_CODE, INDEX_AND_TAIL, INDEX_THEN_FILTER -> false;
        };
    }

    private String walk() {
        return index.label() + " index of " + indexedRows + " rows with ef " + ef
                + pool.map(held -> " and the " + held.label() + " pool").orElse("");
    }

    private String walkAndTail() {
        return walk() + ", and the tail of " + comparedRows + " rows compared";
    }

    /** In one line, for people. */
    public String explain() {
        String way = switch (kind) {
            case WORDS_ALONE -> "no vectors compared";
            case EXACT_SCAN -> "exact scan of " + comparedRows + " rows";
            case MATCHES_ALONE -> comparedRows + " rows that the filter's payload indexes allow compared";
            case MATCHES_BY_CODE ->
                comparedRows + " rows that the filter's payload indexes allow compared by the codes of the "
                        + index.label() + " index";
            case INDEX_AND_TAIL -> walkAndTail();
            case INDEX_THEN_FILTER ->
                walkAndTail() + ", then the filter asked about the nearest " + fetched + " as far as needed";
            case INDEX_THEN_SCAN -> walk() + ", then " + comparedRows + " rows compared";
        };
        return way + "; " + reason
                + goal.map(expectation -> "; " + expectation.explain()).orElse("")
                + keywords.map(words -> "; " + words.explain()).orElse("")
                + fusion.map(lists -> "; " + lists.explain()).orElse("");
    }
}
