package io.vexel.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BytesTest {

    @ParameterizedTest
    @CsvSource({
        "4096, 4096",
        "0, 0",
        "64MiB, 67108864",
        "64M, 67108864",
        "64m, 67108864",
        "1.5K, 1536",
        "1.8TB, 1800000000000",
        "2kb, 2000",
        "16 TiB, 17592186044416",
        "7B, 7"
    })
    void parse_sizeWithUnit_givesBytes(String text, long bytes) {
        assertThat(Bytes.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MiB", "12Q", "1..5M", "-5", "5MiBB", "9999999P", "0x10"})
    void parse_noSize_namesTheText(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Bytes.parse(text)).withMessageContaining("size=" + text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1.0 KiB", "1610612736, 1.5 GiB", "1099511627776, 1.0 TiB"})
    void text_byteCount_hasTheLargestUnitBelow(long bytes, String text) {
        assertThat(Bytes.text(bytes)).isEqualTo(text);
    }

    @Test
    void rounding_aroundAMultiple_isExact() {
        assertThat(Bytes.roundUp(4097, 4096)).isEqualTo(8192);
        assertThat(Bytes.roundUp(4096, 4096)).isEqualTo(4096);
        assertThat(Bytes.roundDown(4095, 4096)).isZero();
        assertThatThrownBy(() -> Bytes.roundUp(Long.MAX_VALUE, 4096)).isInstanceOf(ArithmeticException.class);
    }
}
