package io.vexel.memory.linux;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/** Numbers as files of the system have them: decimal, not negative, up to 2<sup>64</sup>, where what a long cannot hold is its greatest value. */
public final class Numbers {

    private static final int MOST_DIGITS = 20;
    private static final int RADIX = 10;

    private Numbers() {}

    /** The number that a text is, without spaces around it; empty when it is none. */
    public static OptionalLong parse(String text) {
        if (text.isEmpty() || text.length() > MOST_DIGITS) {
            return OptionalLong.empty();
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit >= RADIX) {
                return OptionalLong.empty();
            }
            value = value > (Long.MAX_VALUE - digit) / RADIX ? Long.MAX_VALUE : value * RADIX + digit;
        }
        return OptionalLong.of(value);
    }

    /** A limit: a number, or "max" for none, which is the greatest value. Empty when it is neither. */
    public static OptionalLong parseLimit(String text) {
        String value = text.strip();
        return value.equals("max") ? OptionalLong.of(Long.MAX_VALUE) : parse(value);
    }

    /** Lines of a name and a number each, as memory.stat and memory.events of a cgroup have them. Other lines are passed over. */
    public static Map<String, Long> parseKeyed(String text) {
        Map<String, Long> result = new HashMap<>();
        text.lines().forEach(line -> {
            int space = line.indexOf(' ');
            if (space > 0) {
                parse(line.substring(space + 1).strip())
                        .ifPresent(number -> result.put(line.substring(0, space), number));
            }
        });
        return result;
    }
}
