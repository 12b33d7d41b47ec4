package io.vexel.collection.store;

import io.vexel.collection.Filter;
import io.vexel.collection.FilterValue;
import io.vexel.collection.payload.ScalarKey;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
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
                (parser, token) -> token.isNumeric() && operator.holdsFor(compareNumber(parser, token, number.value()));
            case FilterValue.Text text ->
                (parser, token) -> token == JsonToken.VALUE_STRING
                        && operator.holdsFor(ScalarKey.compareTexts(parser.getString(), text.value()));
            case FilterValue.Bool _, FilterValue.Null _ ->
                throw new IllegalArgumentException("value=" + value + ", allowed: a number or a text");
        };
    }

    /** Equal to one of the values. */
    static FilterTerm equalTo(List<FilterValue> values) {
        Set<Object> wanted = values.stream().map(ScalarKey::of).collect(Collectors.toSet());
        return (parser, token) -> wanted.contains(ScalarKey.of(parser, token));
    }

    private static int compareNumber(JsonParser parser, JsonToken token, BigDecimal value) {
        if (token == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            return BigDecimal.valueOf(parser.getLongValue()).compareTo(value);
        }
        return new BigDecimal(parser.getString()).compareTo(value);
    }
}
