package io.vexel.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PrefetchTest {

    @Test
    void isSupportedWhereItIsSaidToBe() {
        boolean expected = System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64");
        assertEquals(expected, Prefetch.SUPPORTED);
    }

    @Test
    void changesNothing() {
        byte[] bytes = new byte[4096];
        new SplittableRandom(1).nextBytes(bytes);
        try (Region region = Region.allocate(MemoryBudget.unlimited(), "test", bytes.length)) {
            MemorySegment.copy(bytes, 0, region.segment(), ValueLayout.JAVA_BYTE, 0, bytes.length);
            for (int from = 0; from < bytes.length; from += 61) {
                Prefetch.lines(region.address() + from, bytes.length - from);
            }
            assertArrayEquals(bytes, region.segment().asSlice(0, bytes.length).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /** Often enough for the JIT, so that both ways of calling it are tried. A loop that an address wraps around would hang here, and a fault end the process. */
    @Test
    void failsAtNoAddress() {
        long[] addresses = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 47, 0x7FFF_FFFF_FFFFL};
        assertDoesNotThrow(() -> {
            for (int round = 0; round < 20_000; round++) {
                Prefetch.lines(addresses[round % addresses.length], round % 3 * Prefetch.LINE_BYTES - 1);
            }
        });
    }
}
