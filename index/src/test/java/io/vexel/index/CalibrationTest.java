package io.vexel.index;

import static io.vexel.index.Calibration.Layout.NARROWED;
import static io.vexel.index.Calibration.Layout.WANTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CorruptionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CalibrationTest {

    private static Calibration.Rung rung(int ef, double bound) {
        return new Calibration.Rung(ef, (float) (bound + 0.005), (float) bound);
    }

    private static Calibration.Curve curve(int k, Calibration.Rung... rungs) {
        return new Calibration.Curve(k, List.of(rungs));
    }

    private static final Calibration SOME = new Calibration(
            100_000,
            256,
            1_700_000_000_000L,
            WANTED,
            List.of(
                    curve(1, rung(4, 0.8), rung(8, 0.9), rung(16, 0.99)),
                    curve(10, rung(10, 0.7), rung(20, 0.9), rung(40, 0.96), rung(80, 0.98)),
                    curve(100, rung(100, 0.9), rung(200, 0.95))));

    private static int ef(double target, int k) {
        return SOME.choose(target, k).orElseThrow().ef();
    }

    @Test
    void choose_atARungOrBetweenTwo_isTheLeastEfWhoseBoundReachesTheTarget() {
        assertThat(ef(0.5, 1)).isEqualTo(4);
        assertThat(ef(0.5, 10)).isEqualTo(10);
        assertThat(ef(0.8, 10)).as("half way, on a logarithmic scale").isEqualTo(15);
        assertThat(ef(0.93, 10)).isEqualTo(29);
        assertThat(SOME.choose(0.93, 10).orElseThrow().recall()).isCloseTo(0.935, Offset.offset(1e-6));
        assertThat(SOME.choose(0.99, 10)).isEmpty();
    }

    @Test
    void choose_forOtherNumbersOfResults_goesByTheCurvesBeside() {
        assertThat(ef(0.89, 3)).isBetween(ef(0.89, 1), ef(0.89, 10));
        assertThat(ef(0.89, 30)).isBetween(ef(0.89, 10), ef(0.89, 100));
        assertThat(ef(0.89, 200)).as("ef over k stays the same").isEqualTo(200);
        assertThat(ef(0.94, 1_000)).isBetween(1_700, 1_800);
        assertThat(ef(0.89, Integer.MAX_VALUE)).isEqualTo(Effort.MAX_EF);
        assertThat(SOME.choose(0.97, 50))
                .as("the greater curve does not reach it")
                .isEmpty();
    }

    @Test
    void choose_whereAGreaterEffortFoundLess_trustsTheLesserOfBoth() {
        Calibration uneven = new Calibration(
                1_000, 256, 0, WANTED, List.of(curve(10, rung(10, 0.92), rung(20, 0.88), rung(40, 0.95))));
        assertThat(uneven.choose(0.9, 10).orElseThrow().ef()).isBetween(21, 40);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -0.5, 1.5, Double.NaN, Double.POSITIVE_INFINITY})
    void choose_ofWhatIsNoShare_isRefused(double target) {
        assertThatThrownBy(() -> SOME.choose(target, 10))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("recallTarget=" + target)
                .hasMessageContaining("more than 0, less than 1");
    }

    @Test
    void rung_ofASampleWithoutAMiss_leavesADoubt() {
        double[] recall = new double[256];
        java.util.Arrays.fill(recall, 1);
        Calibration.Rung perfect = Calibrator.rung(64, recall);
        assertThat(perfect.recall()).isEqualTo(1);
        assertThat(perfect.bound()).isBetween(0.994f, 0.996f);
        recall[0] = 0;
        assertThat(Calibrator.rung(64, recall).bound()).isLessThan(perfect.bound());
        java.util.Arrays.fill(recall, 0);
        assertThat(Calibrator.rung(64, recall).bound()).isZero();
    }

    static Calibration random(Random random) {
        List<Calibration.Curve> curves = new ArrayList<>();
        for (int c = random.nextInt(8); c >= 0; c--) {
            List<Calibration.Rung> rungs = new ArrayList<>();
            for (int r = random.nextInt(32); r >= 0; r--) {
                rungs.add(new Calibration.Rung(1 + 50 * rungs.size(), random.nextFloat(), random.nextFloat()));
            }
            curves.add(new Calibration.Curve(1 + 10 * curves.size(), rungs));
        }
        return new Calibration(
                1 + random.nextInt(1 << 30),
                1 + random.nextInt(256),
                random.nextLong(1L << 45),
                Calibration.Layout.values()[random.nextInt(2)],
                curves);
    }

    @Test
    void calibration_encoded_isDecodedAsItWas() {
        for (int seed = 0; seed < 200; seed++) {
            Calibration calibration = random(new Random(seed));
            byte[] bytes = calibration.encode();
            assertThat(bytes).hasSizeLessThanOrEqualTo(Calibration.MAX_BYTES);
            assertThat(Calibration.decode(bytes)).contains(calibration);
        }
    }

    /** What older programs wrote, and go on understanding, is what an index found that lay as wanted. */
    @Test
    void layout_asWanted_isNotWritten() {
        byte[] bytes = SOME.encode();
        assertThat(bytes[0]).isEqualTo((byte) 1);
        byte[] narrowed = new Calibration(SOME.rows(), SOME.queries(), SOME.millis(), NARROWED, SOME.curves()).encode();
        assertThat(narrowed[0]).isEqualTo((byte) 2);
        assertThat(narrowed).hasSize(bytes.length + 4);
    }

    @Test
    void bytes_flippedOrCut_areRefusedOrUnderstood() {
        int refused = 0;
        for (int seed = 0; seed < 3_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = random(random).encode();
            for (int n = random.nextInt(3); n >= 0; n--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            byte[] damaged =
                    random.nextInt(4) == 0 ? java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
            try {
                Calibration.decode(damaged).ifPresent(read -> {
                    assertThat(read.rows()).isPositive();
                    read.choose(0.95, 10);
                });
            } catch (CorruptionException e) {
                refused++;
                assertThat(e).hasMessageContaining("damaged index: calibration");
            }
        }
        assertThat(refused).isGreaterThan(500);
    }

    @Test
    void decode_ofANewerVersion_isNothing() {
        byte[] bytes = SOME.encode();
        bytes[0] = 3;
        assertThat(Calibration.decode(bytes)).isEmpty();
    }
}
