package io.vexel.distance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimdTest {

    @ParameterizedTest
    @CsvSource({
        "sse sse2, 128, 1",
        "sse sse2 avx, 256, 2",
        "sse sse2 avx avx2 fma, 256, 3",
        "sse avx avx2 fma avx512f avx512vl, 512, 4",
        "sse avx avx2 fma avx512f avx512vl, 256, 3",
        "sse avx avx2 fma avx512f avx512vl, 128, 1"
    })
    void report_ofX86_showsBestCapabilityAtTheWidth(String flags, int widthBits, int capabilities) {
        Simd simd = Simd.of(Stream.of("model name\t: Some Processor", "flags\t\t: fpu " + flags), widthBits);
        assertThat(simd.report())
                .isEqualTo("SIMD capabilities: 0x" + capabilities + ", vector width: " + widthBits + " bits");
        assertThat(simd.processor()).isEqualTo("Some Processor");
        assertThat(simd.features()).contains("sse").doesNotContain("fpu");
    }

    @Test
    void of_severalProcessors_takesTheFirstAndTranslatesNames() {
        Simd simd = Simd.of(
                Stream.of("model name : A", "flags : sse4_2 ssse3", "model name : B", "flags : avx512f", "no colon"),
                128);
        assertThat(simd).isEqualTo(new Simd("A", java.util.List.of("sse4.2", "ssse3"), 128));
    }

    @Test
    void of_arm_listsNeon() {
        Simd simd = Simd.of(Stream.of("Features : fp asimd asimddp", "CPU part : 0xd0c"), 128);
        assertThat(simd.features()).containsExactly("asimd", "asimddp");
        assertThat(simd.capabilities()).isEqualTo(1);
    }

    @Test
    void host_widthIsOneTheKernelsKnow() {
        assertThat(Simd.HOST.widthBits()).isIn(128, 256, 512);
        assertThat(Simd.HOST.report()).startsWith("SIMD capabilities: 0x");
    }
}
