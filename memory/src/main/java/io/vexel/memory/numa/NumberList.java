package io.vexel.memory.numa;

import io.vexel.base.ProtocolException;
import io.vexel.memory.linux.Numbers;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Lists as the system writes them: {@code 0-3,8,10-11}, ascending; empty is a list too. */
final class NumberList {

    private NumberList() {}

    /**
     * Reads a list.
     *
     * @param file for messages
     * @param end numbers are below it
     * @throws ProtocolException when it is none
     */
    static List<Integer> parse(String file, String text, int end) {
        List<Integer> result = new ArrayList<>();
        String list = text.strip();
        if (list.isEmpty()) {
            return result;
        }
        for (String range : list.split(",", -1)) {
            int dash = range.indexOf('-');
            OptionalLong first = Numbers.parse(dash < 0 ? range : range.substring(0, dash));
            OptionalLong last = Numbers.parse(range.substring(dash + 1));
            boolean ascending = first.isPresent()
                    && last.isPresent()
                    && first.getAsLong() <= last.getAsLong()
                    && last.getAsLong() < end
                    && (result.isEmpty() || first.getAsLong() > result.getLast());
            if (!ascending) {
                throw new ProtocolException(
                        file + ": \"" + list + "\", expected ascending numbers below " + end + ", as in 0-3,8");
            }
            for (int number = (int) first.getAsLong(); number <= last.getAsLong(); number++) {
                result.add(number);
            }
        }
        return result;
    }
}
