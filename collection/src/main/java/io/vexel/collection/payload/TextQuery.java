package io.vexel.collection.payload;

import io.vexel.collection.FieldPath;
import io.vexel.index.Cancellation;
import io.vexel.index.RowFilter;
import io.vexel.index.TieBreak;

/**
 * A search for rows by words.
 *
 * @param path a field with a text index
 * @param words a text that is cut into words; its distinct words count
 * @param k most rows
 * @param live which rows are alive in the state that is searched
 * @param filter what a row must fulfil besides
 * @param tieBreak order of rows with the same score
 */
public record TextQuery(
        FieldPath path,
        String words,
        int k,
        RowFilter live,
        RowFilter filter,
        TieBreak tieBreak,
        Cancellation cancellation) {}
