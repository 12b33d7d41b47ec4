package io.vexel.collection.payload;

import io.vexel.index.Neighbors;
import java.util.List;

/**
 * What a search by words found.
 *
 * @param best best first, with negated scores as distances
 * @param words the distinct words that were looked for, in their order
 * @param matches live rows whose text has at least one of them, whatever the filter says
 * @param payloadsRead how many payloads were read to find them, one for a second time perhaps; 0 where a text index did
 */
public record TextMatches(Neighbors best, List<String> words, long matches, long payloadsRead) {

    public TextMatches {
        words = List.copyOf(words);
    }
}
