package io.vexel.collection.payload;

import io.vexel.index.Neighbors;
import java.util.List;

/**
 * What a search by words found.
 *
 * @param best best first, with negated scores as distances
 * @param words the distinct words that were looked for, in their order
 * @param matches live rows whose text has at least one of them, whatever the filter says
 */
public record TextMatches(Neighbors best, List<String> words, long matches) {

    public TextMatches {
        words = List.copyOf(words);
    }
}
