package io.vexel.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How often rows that are fetched are too few, when the share is sampled as a search samples it. */
class OverFetchTest {

    private static final int SAMPLED = 1_000;
    private static final int TRIALS = 4_000;

    private static int fulfilling(SplittableRandom random, long rows, double share) {
        int count = 0;
        for (long i = 0; i < rows; i++) {
            count += random.nextDouble() < share ? 1 : 0;
        }
        return count;
    }

    @ParameterizedTest
    @CsvSource({"10,0.9", "10,0.5", "10,0.1", "10,0.03", "100,0.5", "100,0.1", "1,0.5"})
    void rows_ofASampledShare_areRarelyTooFewAndNotMuchMoreThanNeeded(int k, double share) {
        SplittableRandom random = new SplittableRandom(11);
        int tooFew = 0;
        double fetched = 0;
        for (int i = 0; i < TRIALS; i++) {
            double sampled = fulfilling(random, SAMPLED, share) / (double) SAMPLED;
            double rows = OverFetch.rows(k, sampled, SAMPLED);
            fetched += rows / TRIALS;
            tooFew += fulfilling(random, (long) rows, share) < k ? 1 : 0;
        }
        assertThat(tooFew / (double) TRIALS).isLessThan(0.02);
        assertThat(fetched).isBetween(k / share, 4.5 * k / share);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "10,10", "500,500"})
    void rows_whenAllFulfilTheFilter_areThoseThatAreWanted(int k, double rows) {
        assertThat(OverFetch.rows(k, 1, SAMPLED)).isEqualTo(rows);
    }
}
