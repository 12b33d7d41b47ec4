package io.vexel.memory.pressure;

import io.vexel.memory.linux.Numbers;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * How long tasks waited for memory, as the kernel's pressure stall information has it (Documentation/accounting/psi.rst):
 *
 * <pre>
 *   some avg10=0.00 avg60=0.00 avg300=0.00 total=0
 *   full avg10=0.00 avg60=0.00 avg300=0.00 total=0
 * </pre>
 *
 * @param some shares of the time in which some task waited
 * @param full those in which all tasks did
 */
record StallShares(Stall some, Stall full) {

    private static final double MOST_PERCENT = 100;

    /**
     * One line.
     *
     * @param percent share of the last ten seconds, 0..100
     * @param totalMicros time since the machine started, at least 0
     */
    record Stall(double percent, long totalMicros) {}

    /** Reads the file's text. Empty unless both lines are there, with both figures; what else there is, is passed over. */
    static Optional<StallShares> parse(String text) {
        Map<String, Stall> lines = new HashMap<>();
        text.lines().forEach(line -> {
            String[] words = line.split(" ", -1);
            stall(words).ifPresent(stall -> lines.putIfAbsent(words[0], stall));
        });
        Stall some = lines.get("some");
        Stall full = lines.get("full");
        return some == null || full == null ? Optional.empty() : Optional.of(new StallShares(some, full));
    }

    private static Optional<Stall> stall(String[] words) {
        OptionalDouble percent = OptionalDouble.empty();
        OptionalLong total = OptionalLong.empty();
        for (String word : words) {
            if (word.startsWith("avg10=")) {
                percent = percent(word.substring("avg10=".length()));
            } else if (word.startsWith("total=")) {
                total = Numbers.parse(word.substring("total=".length()));
            }
        }
        return percent.isEmpty() || total.isEmpty()
                ? Optional.empty()
                : Optional.of(new Stall(percent.getAsDouble(), total.getAsLong()));
    }

    /** Digits, and perhaps a point and two more. */
    private static OptionalDouble percent(String text) {
        int point = text.indexOf('.');
        OptionalLong whole = Numbers.parse(point < 0 ? text : text.substring(0, point));
        OptionalLong hundredths = point < 0 ? OptionalLong.of(0) : Numbers.parse(text.substring(point + 1));
        if (whole.isEmpty() || hundredths.isEmpty() || (point >= 0 && text.length() - point != 3)) {
            return OptionalDouble.empty();
        }
        double percent = whole.getAsLong() + hundredths.getAsLong() / MOST_PERCENT;
        return percent <= MOST_PERCENT ? OptionalDouble.of(percent) : OptionalDouble.empty();
    }
}
