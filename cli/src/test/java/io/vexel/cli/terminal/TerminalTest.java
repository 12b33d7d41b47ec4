package io.vexel.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.TimeSource;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TerminalTest {

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private long nanos;

    private final TimeSource time = new TimeSource() {
        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public long epochMillis() {
            return nanos / 1_000_000;
        }
    };

    private Progress progress(Set<Terminal.Stream> interactive) {
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        return new Progress(new Terminal(InputStream.nullInputStream(), stream, stream, interactive), time, "rows");
    }

    private String shown() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void progress_elsewhere_printsALineEveryFewSeconds() {
        Progress progress = progress(Set.of());
        nanos = 4_900_000_000L;
        progress.update(10, OptionalDouble.of(0.1));
        assertThat(shown()).isEmpty();
        nanos = 5_000_000_000L;
        progress.update(1_000, OptionalDouble.of(0.25));
        progress.update(1_001, OptionalDouble.of(0.26));
        assertThat(shown()).isEqualTo("vexel: 25 %  1,000 rows  200/s  15.0 s left" + System.lineSeparator());
        progress.clear();
        assertThat(shown()).doesNotContain("\r");
    }

    @Test
    void progress_onATerminal_redrawsOneLineAndClearsIt() {
        Progress progress = progress(Set.of(Terminal.Stream.ERR));
        nanos = 1_000_000_000L;
        progress.update(50, OptionalDouble.of(0.5));
        assertThat(shown()).isEqualTo("\r[############............] 50 %  50 rows  50.0/s  1.0 s left");
        nanos = 2_000_000_000L;
        progress.update(60, OptionalDouble.empty());
        progress.clear();
        assertThat(shown()).endsWith("\r");
        String lastLine = shown().substring(0, shown().length() - 1);
        assertThat(lastLine.substring(lastLine.lastIndexOf('\r') + 1)).isBlank();
    }

    @Test
    void json_allKinds_areWritten() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("text", "a\"b\n\u00e4");
        value.put("numbers", List.of(1, 2L, 0.5));
        value.put("nan", Double.NaN);
        value.put("none", Optional.empty());
        value.put("some", Optional.of(true));
        value.put("long", OptionalLong.of(7));
        value.put("path", Path.of("a", "b"));
        value.put("raw", new Json.Raw("{\"x\": 1}"));
        assertThat(Json.of(value))
                .isEqualTo(
                        "{\"text\":\"a\\\"b\\n\u00e4\",\"numbers\":[1,2,0.5],\"nan\":null,\"none\":null,\"some\":true,"
                                + "\"long\":7,\"path\":\"a/b\",\"raw\":{\"x\": 1}}");
    }

    @Test
    void table_columns_areAsWideAsTheirCells() {
        String text =
                new Table("NAME", "COUNT").row("a", "1,000").row("longer", "7").toString();
        assertThat(text.lines()).containsExactly("NAME    COUNT", "a       1,000", "longer      7");
        assertThatThrownBy(() -> new Table("A").row(1, 2)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "999999|0 ms",
                "850000000|850 ms",
                "12340000000|12.3 s",
                "245000000000|4 m 05 s",
                "7620000000000|2 h 07 m"
            })
    void duration_anyLength_hasAFittingUnit(long duration, String text) {
        assertThat(Figures.duration(duration)).isEqualTo(text);
    }

    @Test
    void percentile_nearestRank_isExact() {
        List<Long> sorted = List.of(10L, 20L, 30L, 40L);
        assertThat(Figures.percentile(sorted, 0.5)).isEqualTo(20);
        assertThat(Figures.percentile(sorted, 0.75)).isEqualTo(30);
        assertThat(Figures.percentile(sorted, 0.99)).isEqualTo(40);
        assertThat(Figures.percentile(sorted, 0)).isEqualTo(10);
        assertThat(Figures.percentile(List.of(), 0.5)).isZero();
    }

    @Test
    void figures_ofRounds_areMiddleAndEnds() {
        assertThat(Figures.spread(new double[] {3, 1, 2}, 1)).isEqualTo("2.0 (1.0 .. 3.0)");
        assertThat(Figures.median(new double[] {4, 1, 2, 3})).isEqualTo(2.5);
        assertThat(Figures.significant(0.0037593995220959187)).isEqualTo("0.0037594");
        assertThat(Figures.significant(Double.POSITIVE_INFINITY)).isEqualTo("Infinity");
        assertThat(Figures.rate(1234.5)).isEqualTo("1,235");
        assertThat(Figures.rate(12.34)).isEqualTo("12.3");
    }
}
