package io.vexel.collection.payload;

import io.vexel.collection.FilterValue;
import java.math.BigDecimal;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Scalars as objects that are equal exactly when a filter takes the scalars for equal: texts, booleans, null, and numbers whatever their
 * scale.
 */
public final class ScalarKey {

    private ScalarKey() {}

    /** The key of a value of a filter. */
    public static Object of(FilterValue value) {
        return switch (value) {
            case FilterValue.Numeric number -> number.value().stripTrailingZeros();
            case FilterValue.Text text -> text.value();
            case FilterValue.Bool bool -> bool.value();
            case FilterValue.Null _ -> JsonToken.VALUE_NULL;
        };
    }

    /** The key of the scalar at which a reader stands. */
    public static Object of(JsonParser parser, JsonToken token) {
        return switch (token) {
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new BigDecimal(parser.getString()).stripTrailingZeros();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> token;
        };
    }

    /** Order by code points, which is the order of the UTF-8 bytes. */
    public static int compareTexts(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char first = a.charAt(i);
            char second = b.charAt(i);
            if (first != second) {
                boolean bothOrNone = Character.isSurrogate(first) == Character.isSurrogate(second);
                return bothOrNone ? Character.compare(first, second) : Character.isSurrogate(first) ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }
}
