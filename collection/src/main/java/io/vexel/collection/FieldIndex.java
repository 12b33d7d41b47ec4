package io.vexel.collection;

import io.vexel.base.Checks;
import java.util.List;
import java.util.Locale;

/**
 * A payload index that a collection keeps: which field, and what it answers.
 *
 * @param path the field; its text form has at most {@value #MAX_PATH_BYTES} bytes of UTF-8
 */
public record FieldIndex(FieldPath path, Kind kind) {

    /** Most UTF-8 bytes of a path in its text form. */
    public static final int MAX_PATH_BYTES = 1_024;

    /** Most indexes of a collection. */
    public static final int MAX_INDEXES = 64;

    /** What an index answers. */
    public enum Kind {
        /** Whether a field equals one of some values, whether it is there, and, value by value, every other comparison. */
        KEYWORD,
        /** Comparisons of a field with numbers, by order or for equality, and whether it is there. */
        RANGE,
        /** Which texts of a field hold which words, for the keyword score. */
        TEXT;

        /** As it is written in text. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public FieldIndex {
        int bytes = StrictUtf8.encode("path", path.toString()).length;
        Checks.inRange("path bytes", bytes, 1, MAX_PATH_BYTES);
    }

    /**
     * Reads the text form: a path, a colon, and the kind, as in {@code address.city:keyword}.
     *
     * @throws IllegalArgumentException saying what is wrong
     */
    public static FieldIndex parse(String text) {
        int colon = text.lastIndexOf(':');
        String kind = text.substring(colon + 1);
        for (Kind each : Kind.values()) {
            if (colon > 0 && each.label().equals(kind)) {
                return new FieldIndex(FieldPath.parse(text.substring(0, colon)), each);
            }
        }
        throw new IllegalArgumentException(
                "index field=" + QuotedText.quote(text) + ", allowed: FIELD:keyword, FIELD:range, FIELD:text");
    }

    /**
     * Returns the indexes when a collection may have them together.
     *
     * @throws IllegalArgumentException when one stands there twice or there are too many
     */
    static List<FieldIndex> checkAll(List<FieldIndex> indexes) {
        Checks.inRange("payload indexes", indexes.size(), 0, MAX_INDEXES);
        for (int i = 1; i < indexes.size(); i++) {
            if (indexes.subList(0, i).contains(indexes.get(i))) {
                throw new IllegalArgumentException(
                        "payload index " + indexes.get(i) + " stands there twice, allowed: each once");
            }
        }
        return List.copyOf(indexes);
    }

    @Override
    public String toString() {
        return path + ":" + kind.label();
    }
}
