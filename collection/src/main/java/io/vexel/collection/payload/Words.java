package io.vexel.collection.payload;

import java.util.function.Consumer;

/**
 * Cuts a text into words: the longest runs of letters and digits of Unicode, in which combining marks behind the first character belong
 * to the word, in lower case code point by code point. Nothing else is done: no stems, no stop words, no other form of the same letters.
 */
public final class Words {

    private static final int MARKS =
            1 << Character.NON_SPACING_MARK | 1 << Character.COMBINING_SPACING_MARK | 1 << Character.ENCLOSING_MARK;

    private Words() {}

    /** Hands each word of the text to the sink, in order. */
    public static void of(String text, Consumer<String> sink) {
        StringBuilder word = new StringBuilder();
        for (int at = 0; at < text.length(); ) {
            int point = text.codePointAt(at);
            at += Character.charCount(point);
            if (Character.isLetterOrDigit(point) || (!word.isEmpty() && isMark(point))) {
                word.appendCodePoint(Character.toLowerCase(point));
            } else {
                finish(word, sink);
            }
        }
        finish(word, sink);
    }

    private static boolean isMark(int point) {
        return (MARKS >>> Character.getType(point) & 1) != 0;
    }

    private static void finish(StringBuilder word, Consumer<String> sink) {
        if (!word.isEmpty()) {
            sink.accept(word.toString());
            word.setLength(0);
        }
    }
}
