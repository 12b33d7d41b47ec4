package io.vexel.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PointIdTest {

    @Test
    void numberAndText_thatLookAlike_areDifferentIds() {
        assertThat((PointId) PointId.of(7)).isNotEqualTo(PointId.of("7"));
    }

    @Test
    void order_numbersUnsignedBeforeTextsByBytes() {
        List<PointId> ordered = List.of(
                PointId.of(0),
                PointId.of(Long.MAX_VALUE),
                PointId.of(Long.MIN_VALUE),
                PointId.of(-1),
                PointId.of("0"),
                PointId.of("a"),
                PointId.of("aa"),
                PointId.of("b"),
                PointId.of("\uFFFD"),
                PointId.of("\uD83D\uDE00"));
        List<PointId> shuffled = new ArrayList<>(ordered);
        Collections.shuffle(shuffled, new Random(1));
        Collections.sort(shuffled);
        assertThat(shuffled).isEqualTo(ordered);
    }

    @Test
    void text_atTheLimits_isAllowedAndBeyondRefused() {
        assertThat(PointId.of("x".repeat(512)).byteLength()).isEqualTo(512);
        assertThat(PointId.of("\u00e4".repeat(256)).byteLength()).isEqualTo(512);
        assertThatThrownBy(() -> PointId.of("x".repeat(513)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("513")
                .hasMessageContaining("1..512");
        assertThatThrownBy(() -> PointId.of("\u00e4".repeat(257))).hasMessageContaining("514 UTF-8 bytes");
        assertThatThrownBy(() -> PointId.of("")).hasMessageContaining("1..512");
        assertThatThrownBy(() -> PointId.of("a\uD800")).hasMessageContaining("unpaired surrogate");
    }

    @Test
    void parse_ofToString_givesTheIdBack() {
        Random random = new Random(42);
        String alphabet = "019\"\\aZ \n\u00e4\u20ac.-";
        for (int i = 0; i < 20_000; i++) {
            PointId id = random.nextBoolean()
                    ? PointId.of(random.nextLong() >>> random.nextInt(64))
                    : text(random, alphabet);
            assertThat(PointId.parse(id.toString())).as("seed 42, round " + i).isEqualTo(id);
        }
        for (String special :
                List.of("00", "007", "18446744073709551615", "18446744073709551616", "\"", "\"\"", "-1")) {
            assertThat(PointId.parse(PointId.of(special).toString())).isEqualTo(PointId.of(special));
        }
        assertThat(PointId.parse("18446744073709551615")).isEqualTo(PointId.of(-1));
    }

    private static PointId text(Random random, String alphabet) {
        StringBuilder text = new StringBuilder();
        for (int length = 1 + random.nextInt(12); length > 0; length--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return PointId.of(text.toString());
    }

    @Test
    void text_copiedAndRead_isTheSame() {
        PointId.Text id = PointId.of("gr\u00fc\u00dfe \uD83D\uDE00");
        byte[] bytes = new byte[id.byteLength() + 3];
        id.copyTo(MemorySegment.ofArray(bytes), 3);
        assertThat(Arrays.copyOfRange(bytes, 3, bytes.length))
                .isEqualTo(id.value().getBytes(StandardCharsets.UTF_8));
        assertThat(PointId.Text.read(MemorySegment.ofArray(bytes), 3, id.byteLength()))
                .isEqualTo(id);
    }
}
