package io.vexel.collection.payload;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.Filter;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Numbers in order, plain and odd, against exact decimals. */
class RangePartTest {

    private static final String[] SPECIAL = {
        "0",
        "-0",
        "0.0",
        "-0.0",
        "0e5",
        "1",
        "1.0",
        "1.00000000000000000001",
        "0.1",
        "0.10",
        "59.90",
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "-9007199254740993",
        "9223372036854775807",
        "-9223372036854775808",
        "123456789012345678901234567890",
        "1e308",
        "1.7976931348623157e308",
        "1.8e308",
        "1e400",
        "-1e400",
        "1e2147483647",
        "4.9e-324",
        "5e-324",
        "1e-400",
        "-1e-400",
        "1e-2147483647",
        "2e23",
        "1e23",
        "0.30000000000000004",
        "0.3",
        "1e-310",
        "1.2345678901234567e-5",
        "100000000000000000000",
        "1e20",
        "12345678901234567"
    };

    private static String number(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> SPECIAL[random.nextInt(SPECIAL.length)];
            case 1 -> "" + (random.nextInt(20) - 10);
            case 2 -> "" + random.nextLong();
            case 3 ->
                new BigDecimal(random.nextInt(2_000) - 1_000).movePointLeft(2).toPlainString();
            default -> "" + random.nextGaussian();
        };
    }

    private static RangePart part(List<String> numbers, int first, int end) {
        PayloadReader reader = new PayloadReader();
        RangePart.Builder builder = new RangePart.Builder();
        reader.add(io.vexel.collection.FieldPath.parse("n"));
        for (int row = first; row < end; row++) {
            byte[] json = ("{\"n\": " + numbers.get(row) + "}").getBytes(StandardCharsets.UTF_8);
            int ordinal = row;
            reader.read(json, 0, json.length, new PayloadReader.Visitor() {
                @Override
                public void present(int path) {
                    builder.present(ordinal);
                }

                @Override
                public void scalar(int path, JsonParser parser, JsonToken token) {
                    builder.scalar(ordinal, parser, token);
                }
            });
        }
        return builder.build(first, end);
    }

    @Test
    void matching_ofRandomNumbers_comparesAsDecimals() {
        long seed = 99;
        Random random = new Random(seed);
        List<String> numbers = new ArrayList<>(List.of(SPECIAL));
        while (numbers.size() < 4_000) {
            numbers.add(number(random));
        }
        int cut = 1_234;
        RoaringBitmap dead = RoaringBitmap.bitmapOf(3, 5, 1_233, 1_234, 3_999);
        RangePart joined = part(numbers, 0, cut).join(part(numbers, cut, numbers.size()), dead);
        for (int round = 0; round < 300; round++) {
            BigDecimal bound = new BigDecimal(round < SPECIAL.length ? SPECIAL[round] : number(random));
            for (Filter.Operator operator : Filter.Operator.values()) {
                if (operator != Filter.Operator.NE) {
                    RoaringBitmap found = new RoaringBitmap();
                    joined.matching(operator, bound, found);
                    RoaringBitmap expected = new RoaringBitmap();
                    for (int row = 0; row < numbers.size(); row++) {
                        if (!dead.contains(row)
                                && operator.holdsFor(new BigDecimal(numbers.get(row)).compareTo(bound))) {
                            expected.add(row);
                        }
                    }
                    assertThat(found)
                            .as("seed %d: %s %s", seed, operator, bound)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void sort_ofAnyDoubles_isStableAndInOrder() {
        Random random = new Random(3);
        for (int size : new int[] {0, 1, 2, 257, 5_000}) {
            NumberList list = new NumberList(1);
            for (int i = 0; i < size; i++) {
                list.add(random.nextBoolean() ? random.nextInt(9) - 4 : random.nextGaussian() * 1e200, i);
            }
            list.sort();
            double[] values = list.values();
            int[] rows = list.rows();
            for (int i = 1; i < size; i++) {
                assertThat(values[i - 1] < values[i] || (values[i - 1] == values[i] && rows[i - 1] < rows[i]))
                        .isTrue();
            }
        }
    }
}
