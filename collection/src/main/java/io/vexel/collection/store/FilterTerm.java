package io.vexel.collection.store;

import io.vexel.collection.Filter;
import io.vexel.collection.FilterValue;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** One comparison of a filter, held against the scalar at which a JSON reader stands. */
@FunctionalInterface
interface FilterTerm {

    /** Holds for no value: stands for a term that looks at the presence of a field only. */
    FilterTerm NEVER = (parser, token) -> false;

    boolean holds(JsonParser parser, JsonToken token);

    /** The term of a comparison other than NE. */
    static FilterTerm of(Filter.Compare compare) {
        return compare.operator() == Filter.Operator.EQ
                ? equalTo(List.of(compare.value()))
                : ordered(compare.operator(), compare.value());
    }

    private static FilterTerm ordered(Filter.Operator operator, FilterValue value) {
        return switch (value) {
            case FilterValue.Numeric number ->
                (parser, token) -> token.isNumeric() && inOrder(operator, compareNumber(parser, token, number.value()));
            case FilterValue.Text text ->
                (parser, token) -> token == JsonToken.VALUE_STRING
                        && inOrder(operator, compareCodePoints(parser.getString(), text.value()));
            case FilterValue.Bool _, FilterValue.Null _ ->
                throw new IllegalArgumentException("value=" + value + ", allowed: a number or a text");
        };
    }

    private static boolean inOrder(Filter.Operator operator, int order) {
        return switch (operator) {
            case GT -> order > 0;
            case GE -> order >= 0;
            case LT -> order < 0;
            case LE -> order <= 0;
            case EQ -> order == 0;
            case NE -> order != 0;
        };
    }

    /** Equal to one of the values. */
    static FilterTerm equalTo(List<FilterValue> values) {
        Set<Object> wanted = new HashSet<>();
        for (FilterValue value : values) {
            wanted.add(
                    switch (value) {
                        case FilterValue.Numeric number -> canonical(number.value());
                        case FilterValue.Text text -> text.value();
                        case FilterValue.Bool bool -> bool.value();
                        case FilterValue.Null _ -> JsonToken.VALUE_NULL;
                    });
        }
        return (parser, token) -> wanted.contains(
                switch (token) {
                    case VALUE_STRING -> parser.getString();
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> canonical(new BigDecimal(parser.getString()));
                    case VALUE_TRUE -> true;
                    case VALUE_FALSE -> false;
                    default -> token;
                });
    }

    /** Equal for equal numbers, whatever their scale. */
    private static BigDecimal canonical(BigDecimal number) {
        return number.stripTrailingZeros();
    }

    private static int compareNumber(JsonParser parser, JsonToken token, BigDecimal value) {
        if (token == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            return BigDecimal.valueOf(parser.getLongValue()).compareTo(value);
        }
        return new BigDecimal(parser.getString()).compareTo(value);
    }

    /** Order by code points, which is the order of the UTF-8 bytes. */
    static int compareCodePoints(String a, String b) {
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
