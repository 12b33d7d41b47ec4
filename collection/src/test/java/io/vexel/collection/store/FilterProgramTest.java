package io.vexel.collection.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.collection.Filter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterProgramTest {

    private static final String JSON = """
            {"price": 9.50, "big": 9007199254740993, "huge": 123456789012345678901234567890, "color": "red",
             "tags": ["x", 7, null, [1], {"y": 2}], "on": true, "nothing": null, "a": {"b": {"c": "\\ud83d\\ude00"}}, "a.b": 1}
            """;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "price = 9.5|true",
                "price = \"9.5\"|false",
                "price < 10 AND price > 9.4999999999999999999|true",
                "big = 9007199254740993|true",
                "big = 9007199254740992|false",
                "big > 9007199254740992.5|true",
                "huge = 123456789012345678901234567890|true",
                "huge > 1e29 AND huge < 1.3e29|true",
                "big < 1e999999999|true",
                "color = \"red\"|true",
                "color > \"rec\" AND color < \"ree\"|true",
                "color < 5|false",
                "color > 5|false",
                "tags = \"x\"|true",
                "tags = 7|true",
                "tags = null|true",
                "tags = 1|false",
                "tags = 2|false",
                "tags > 6|true",
                "tags != 7|false",
                "tags != 8|true",
                "tags NOT IN (8, 9)|true",
                "tags IN (8, \"x\")|true",
                "on = true|true",
                "on = false|false",
                "on = 1|false",
                "nothing = null|true",
                "nothing != null|false",
                "nothing = 0|false",
                "EXISTS nothing|true",
                "EXISTS missing|false",
                "missing = null|false",
                "missing != 1|true",
                "missing NOT IN (1)|true",
                "missing IN (1)|false",
                "missing < 1 OR missing >= 1|false",
                "NOT (missing < 1)|true",
                "EXISTS a|true",
                "EXISTS a.b|true",
                "EXISTS a.b.c|true",
                "EXISTS a.b.c.d|false",
                "EXISTS tags.y|false",
                "a.b = 1|false",
                "`a.b` = 1|true",
                "a.b.c > \"\uFFFD\"|true",
                "a.b.c = \"\uD83D\uDE00\"|true",
                "price = 9.5 AND price = 9.50 AND NOT price = 9.51|true"
            })
    void matches_followsTheRules(String text, boolean expected) {
        byte[] json = JSON.getBytes(StandardCharsets.UTF_8);
        byte[] padded = new byte[json.length + 20];
        System.arraycopy(json, 0, padded, 10, json.length);
        assertThat(new FilterProgram(Filter.parse(text)).matches(padded, 10, json.length))
                .isEqualTo(expected);
    }

    @Test
    void matchesWithoutPayload_treatsEveryFieldAsMissing() {
        assertThat(new FilterProgram(Filter.parse("a != 1")).matchesWithoutPayload())
                .isTrue();
        assertThat(new FilterProgram(Filter.parse("a = 1 OR EXISTS b")).matchesWithoutPayload())
                .isFalse();
    }

    @Test
    void matches_ofRandomFiltersAndPayloads_equalsTheNaiveTwin() {
        long seed = 4711;
        Random random = new Random(seed);
        int held = 0;
        for (int i = 0; i < 20_000; i++) {
            Filter filter = RandomFilters.filter(random, 1 + random.nextInt(4));
            Map<String, Object> payload = RandomPayloads.object(random, 3);
            byte[] json = RandomPayloads.print(payload).getBytes(StandardCharsets.UTF_8);
            boolean expected = RandomPayloads.fulfils(filter, payload);
            assertThat(new FilterProgram(filter).matches(json, 0, json.length))
                    .as("seed %d round %d: %s over %s", seed, i, filter, payload)
                    .isEqualTo(expected);
            held += expected ? 1 : 0;
        }
        assertThat(held).isBetween(2_000, 18_000);
    }
}
