package io.vexel.collection.store;

import io.vexel.collection.FieldPath;
import io.vexel.collection.Filter;
import io.vexel.collection.FilterValue;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Filters over the fields a, b, c, and what a comparison means for one value, written without looking at the program. */
final class RandomFilters {

    private RandomFilters() {}

    static Filter filter(Random random, int depth) {
        return switch (depth == 1 ? random.nextInt(4) : random.nextInt(7)) {
            case 0 -> {
                FilterValue value = value(random);
                boolean ordered = value instanceof FilterValue.Numeric || value instanceof FilterValue.Text;
                yield new Filter.Compare(
                        path(random), Filter.Operator.values()[random.nextInt(ordered ? 6 : 2)], value);
            }
            case 1 -> new Filter.In(path(random), List.of(value(random), value(random)));
            case 2 -> new Filter.NotIn(path(random), List.of(value(random), value(random)));
            case 3 -> new Filter.Exists(path(random));
            case 4 -> new Filter.And(List.of(filter(random, depth - 1), filter(random, depth - 1)));
            case 5 -> new Filter.Or(List.of(filter(random, depth - 1), filter(random, depth - 1)));
            default -> new Filter.Not(filter(random, depth - 1));
        };
    }

    private static FieldPath path(Random random) {
        List<String> names = new ArrayList<>();
        for (int n = 1 + random.nextInt(2); n > 0; n--) {
            names.add(List.of("a", "b", "c").get(random.nextInt(3)));
        }
        return new FieldPath(names);
    }

    private static FilterValue value(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> new FilterValue.Numeric(BigDecimal.valueOf(random.nextInt(5) - 2));
            case 1 ->
                new FilterValue.Numeric(
                        new BigDecimal(new String[] {"9007199254740993", "9007199254740992", "1.0", "1e2", "-0.50"}
                                [random.nextInt(5)]));
            case 2 -> new FilterValue.Text(new String[] {"", "a", "b", "\uFFFD", "\uD83D\uDE00"}[random.nextInt(5)]);
            case 3 -> new FilterValue.Bool(random.nextBoolean());
            default -> new FilterValue.Null();
        };
    }

    /** Whether the comparison (other than NE) holds for a scalar; JSON's null is the text "null". */
    static boolean holds(Filter.Compare compare, Object field) {
        return switch (compare.value()) {
            case FilterValue.Null _ -> field.equals("null");
            case FilterValue.Bool bool -> field.equals(bool.value());
            case FilterValue.Numeric number ->
                field instanceof BigDecimal decimal && inOrder(compare.operator(), decimal.compareTo(number.value()));
            case FilterValue.Text text ->
                field instanceof String string
                        && !string.equals("null")
                        && inOrder(
                                compare.operator(),
                                Arrays.compareUnsigned(
                                        string.getBytes(StandardCharsets.UTF_8),
                                        text.value().getBytes(StandardCharsets.UTF_8)));
        };
    }

    private static boolean inOrder(Filter.Operator operator, int order) {
        return switch (operator) {
            case EQ -> order == 0;
            case NE -> order != 0;
            case GT -> order > 0;
            case GE -> order >= 0;
            case LT -> order < 0;
            case LE -> order <= 0;
        };
    }
}
