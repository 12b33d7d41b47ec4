package io.vexel.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterTest {

    @Test
    void parse_ofTheExample_bindsNotOverAndOverOr() {
        Filter filter =
                Filter.parse("price < 10 and color IN (\"red\", 'blue') AND NOT (size >= 3) OR EXISTS a.`b c`.d");
        assertThat(filter)
                .isEqualTo(Filter.or(
                        Filter.and(
                                Filter.lt("price", 10),
                                Filter.in("color", "red", "blue"),
                                Filter.not(Filter.ge("size", 3))),
                        Filter.exists("a.`b c`.d")));
        assertThat(filter)
                .hasToString("price < 10 AND color IN (\"red\", \"blue\") AND NOT (size >= 3) OR EXISTS a.`b c`.d");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "~~|position 0",
                "price|position 5: one of",
                "price <|position 7",
                "price < 10 AND|position 14",
                "price < 10 size > 3|position 11: AND, OR or the end",
                "(price < 10|position 11: ')' is expected",
                "price < \"a|position 8: the quoted text has no end",
                "price < true|position 6",
                "price < null|position 6",
                "color IN ()|position 10",
                "color NOT (1)|position 10: IN is expected",
                "and = 1|position 0",
                "a..b = 1|position 2",
                "a = 1e|position 4: this is no number",
                "a = 1-1|position 4",
                "a = \"\\q\"|position 5: unknown escape",
                "a = `b`|position 4",
                "`a = 1|position 0: the backquoted name has no end",
                "a = 1)|position 5"
            })
    void parse_ofWrongText_namesThePosition(String text, String message) {
        assertThatThrownBy(() -> Filter.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void parse_beyondItsLimits_isRefused() {
        assertThatThrownBy(() -> Filter.parse("(".repeat(10_000) + "a = 1" + ")".repeat(10_000)))
                .hasMessageContaining("at most 64 deep");
        assertThatThrownBy(() -> Filter.parse("NOT ".repeat(100_000) + "a = 1")).hasMessageContaining("at most 64");
        assertThatThrownBy(() -> Filter.parse("a = 1" + " OR a = 1".repeat(10_000)))
                .hasMessageContaining("at most 10000 terms");
        assertThatThrownBy(() -> Filter.parse("a = " + "1".repeat(1_001))).hasMessageContaining("no number");
        assertThatThrownBy(() -> FieldPath.parse("a" + ".a".repeat(16))).hasMessageContaining("at most 16 names");
    }

    @Test
    void values_withoutOrder_cannotBeOrdered() {
        assertThatThrownBy(() -> Filter.gt("a", true)).hasMessageContaining("a number or a text");
        assertThatThrownBy(() -> Filter.eq("a", Double.NaN)).hasMessageContaining("finite number");
        assertThatThrownBy(() -> Filter.in("a")).hasMessageContaining("at least 1");
        assertThatThrownBy(() -> Filter.and(Filter.eq("a", 1))).hasMessageContaining("at least 2");
    }

    @Test
    void parse_ofToString_givesTheFilterBack() {
        long seed = 20_26;
        Random random = new Random(seed);
        for (int i = 0; i < 5_000; i++) {
            Filter filter = filter(random, 5);
            assertThat(Filter.parse(filter.toString()))
                    .as("seed " + seed + ", round " + i)
                    .isEqualTo(filter);
        }
    }

    @Test
    void parse_ofAnyText_throwsNothingButIllegalArgumentWithPosition() {
        long seed = 77;
        Random random = new Random(seed);
        String[] pieces = {
            "a",
            "b.c",
            "`x`",
            "`",
            ".",
            " ",
            "AND",
            "or",
            "NOT",
            "IN",
            "EXISTS",
            "(",
            ")",
            ",",
            "=",
            "!=",
            "<",
            ">=",
            "1",
            "-2.5e3",
            "\"t\"",
            "'",
            "\\",
            "true",
            "NULL",
            "\u0000",
            "\uD800",
            "1e999999999999",
            "\u00e4",
            "\\u12"
        };
        int accepted = 0;
        for (int i = 0; i < 60_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(12); n > 0; n--) {
                text.append(pieces[random.nextInt(pieces.length)]);
                text.append(random.nextInt(3) == 0 ? "" : " ");
            }
            try {
                Filter filter = Filter.parse(text.toString());
                assertThat(Filter.parse(filter.toString())).isEqualTo(filter);
                accepted++;
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage())
                        .as("seed %d round %d: %s", seed, i, text)
                        .startsWith("position ");
            }
        }
        assertThat(accepted).as("the generator also makes valid filters").isGreaterThan(20);
    }

    /** A random filter of at most that depth. */
    static Filter filter(Random random, int depth) {
        return switch (depth == 1 ? random.nextInt(4) : random.nextInt(7)) {
            case 0 -> {
                FilterValue value = value(random);
                boolean ordered = value instanceof FilterValue.Numeric || value instanceof FilterValue.Text;
                Filter.Operator[] operators = Filter.Operator.values();
                yield new Filter.Compare(path(random), operators[random.nextInt(ordered ? 6 : 2)], value);
            }
            case 1 -> new Filter.In(path(random), values(random));
            case 2 -> new Filter.NotIn(path(random), values(random));
            case 3 -> new Filter.Exists(path(random));
            case 4 -> new Filter.And(List.of(filter(random, depth - 1), filter(random, depth - 1)));
            case 5 ->
                new Filter.Or(List.of(filter(random, depth - 1), filter(random, depth - 1), filter(random, depth - 1)));
            default -> new Filter.Not(filter(random, depth - 1));
        };
    }

    private static FieldPath path(Random random) {
        String[] names = {"a", "b", "c", "not", "x y", "`", "", "9", "a-b", "\u00e4"};
        List<String> path = new ArrayList<>();
        for (int n = 1 + random.nextInt(2); n > 0; n--) {
            path.add(names[random.nextInt(random.nextInt(4) == 0 ? names.length : 3)]);
        }
        return new FieldPath(path);
    }

    private static List<FilterValue> values(Random random) {
        List<FilterValue> values = new ArrayList<>();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            values.add(value(random));
        }
        return values;
    }

    /** A random value out of few, so that comparisons hold now and then. */
    static FilterValue value(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> new FilterValue.Numeric(BigDecimal.valueOf(random.nextInt(5) - 2));
            case 1 ->
                new FilterValue.Numeric(
                        new BigDecimal(new String[] {"9007199254740993", "1.0", "1e2", "-0.5", "123456789012345678901"}
                                [random.nextInt(5)]));
            case 2 ->
                new FilterValue.Text(new String[] {"", "a", "b", "\"q\\", "\uFFFD", "\uD83D\uDE00"}[random.nextInt(6)]);
            case 3 -> new FilterValue.Bool(random.nextBoolean());
            default -> new FilterValue.Null();
        };
    }
}
