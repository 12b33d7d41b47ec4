package io.vexel.cli.terminal;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Numbers as people read them. */
public final class Figures {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private Figures() {}

    /** With thousands separators: {@code 1,234,567}. */
    public static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /** A number of things: {@code 1 row}, {@code 9,000 rows}. */
    public static String count(long number, String thing) {
        return count(number) + " " + thing + (number == 1 ? "" : "s");
    }

    /** With thousands separators, and decimals while the number is small. */
    public static String rate(double perSecond) {
        return perSecond >= 100 ? count(Math.round(perSecond)) : String.format(Locale.ROOT, "%.1f", perSecond);
    }

    /** With that many decimals and thousands separators. */
    public static String decimal(double number, int decimals) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", number);
    }

    /** With seven significant digits, which is what a float holds. */
    public static String significant(double number) {
        return Double.isFinite(number)
                ? new java.math.BigDecimal(number)
                        .round(new java.math.MathContext(7))
                        .stripTrailingZeros()
                        .toPlainString()
                : Double.toString(number);
    }

    /** Events in a second; 0 when no time has passed. */
    public static double perSecond(long events, long nanos) {
        return nanos <= 0 ? 0 : events * (double) NANOS_PER_SECOND / nanos;
    }

    /** {@code 850 ms}, {@code 12.3 s}, {@code 4 m 05 s}, {@code 2 h 07 m}. */
    public static String duration(long nanos) {
        long seconds = nanos / NANOS_PER_SECOND;
        if (seconds < 1) {
            return nanos / 1_000_000 + " ms";
        }
        if (seconds < 60) {
            return decimal(nanos / (double) NANOS_PER_SECOND, 1) + " s";
        }
        return seconds < 3600
                ? "%d m %02d s".formatted(seconds / 60, seconds % 60)
                : "%d h %02d m".formatted(seconds / 3600, seconds / 60 % 60);
    }

    /** Shortest, middle and longest of the values: {@code 12.1 (11.8 .. 12.6)}. */
    public static String spread(double[] values, int decimals) {
        double[] sorted = sorted(values);
        return decimal(median(values), decimals) + " (" + decimal(sorted[0], decimals) + " .. "
                + decimal(sorted[sorted.length - 1], decimals) + ")";
    }

    /** The middle value; of an even number the mean of the two in the middle. */
    public static double median(double[] values) {
        double[] sorted = sorted(values);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /**
     * The smallest value that at least this share of the values do not exceed (nearest rank); 0 without values.
     *
     * @param sorted ascending
     * @param share 0..1
     */
    public static long percentile(List<Long> sorted, double share) {
        if (sorted.isEmpty()) {
            return 0;
        }
        return sorted.get(Math.clamp((int) Math.ceil(share * sorted.size()) - 1, 0, sorted.size() - 1));
    }

    private static double[] sorted(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted;
    }
}
