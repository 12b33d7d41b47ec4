package io.vexel.engine;

import io.vexel.collection.FieldPath;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The part of a search that went by words.
 *
 * @param field the field with a text index
 * @param words the distinct words that were looked for, as they were cut out of the request
 * @param matches points whose text has at least one of them, whatever the filter says
 * @param payloadsRead how many payloads were read for want of memory for the text index; 0 where that was used
 */
public record KeywordPlan(FieldPath field, List<String> words, long matches, long payloadsRead) {

    public KeywordPlan {
        words = List.copyOf(words);
    }

    /** In one clause, for people. */
    String explain() {
        String all = words.stream().map(word -> '"' + word + '"').collect(Collectors.joining(", "));
        return (words.size() == 1 ? "word " : "words ") + all + " in " + field + ": in " + matches + " points"
                + (words.size() == 1 ? "" : " at least one")
                + (payloadsRead == 0
                        ? ""
                        : ", by reading " + payloadsRead + " payloads, as there is no memory for the text index");
    }
}
