package io.vexel.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class Crc32cTest {

    /** The check value that the catalogue of CRCs gives for CRC-32C. */
    @Test
    void of_checkString_isTheCatalogueValue() {
        MemorySegment text = MemorySegment.ofArray("123456789".getBytes(StandardCharsets.US_ASCII));
        assertThat(Crc32c.of(text)).isEqualTo(0xE3069283);
    }

    @Test
    void of_nativeAndHeapSegments_agree() {
        byte[] bytes = "the same bytes in two kinds of memory".getBytes(StandardCharsets.US_ASCII);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(bytes.length);
            copy.copyFrom(MemorySegment.ofArray(bytes));
            assertThat(Crc32c.of(copy)).isEqualTo(Crc32c.of(MemorySegment.ofArray(bytes)));
        }
    }

    @Test
    void of_withPrefix_isTheChecksumOfWordsLittleEndianThenBytes() {
        byte[] bytes = {1, 2, 3};
        ByteBuffer joined = ByteBuffer.allocate(19).order(ByteOrder.LITTLE_ENDIAN);
        joined.putLong(0x0102030405060708L).putLong(-2L).put(bytes);
        assertThat(Crc32c.of(0x0102030405060708L, -2L, MemorySegment.ofArray(bytes)))
                .isEqualTo(Crc32c.of(MemorySegment.ofArray(joined.array())));
    }

    @Test
    void of_longArraySegment_isTakenAsItsBytes() {
        long[] words = {0x1122334455667788L};
        byte[] bytes = {(byte) 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
        assertThat(Crc32c.of(MemorySegment.ofArray(words))).isEqualTo(Crc32c.of(MemorySegment.ofArray(bytes)));
    }
}
