package io.vexel.collection.payload;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Red shoes, size 42!|red shoes size 42",
                "it's x-ray_2.5|it s x ray 2 5",
                "  ...  |''",
                "\u00c4RGER stra\u00dfe|\u00e4rger stra\u00dfe",
                "e\u0301te\u0301 \u0301x|e\u0301te\u0301 x",
                "\u0939\u093f\u0928\u094d\u0926\u0940|\u0939\u093f\u0928\u094d\u0926\u0940",
                "\ud801\udc00\ud801\udc01|\ud801\udc28\ud801\udc29",
                "\u0130I|iI",
                "a\u0000b\ud83d\ude00c|a b c"
            })
    void of_texts_givesRunsOfLettersAndDigitsInLowerCase(String text, String expected) {
        List<String> words = new ArrayList<>();
        Words.of(text, words::add);
        assertThat(String.join(" ", words)).isEqualTo(expected.equals("iI") ? "ii" : expected);
    }
}
