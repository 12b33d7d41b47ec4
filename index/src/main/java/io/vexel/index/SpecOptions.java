package io.vexel.index;

import java.util.Map;
import java.util.TreeSet;

/** Options of an index kind as texts by name, read one by one; every name that was given must be read. */
final class SpecOptions {

    private final IndexKind kind;
    private final Map<String, String> texts;
    private final TreeSet<String> known = new TreeSet<>();

    SpecOptions(IndexKind kind, Map<String, String> texts) {
        this.kind = kind;
        this.texts = texts;
    }

    /** A whole number in a range; the default when it was not given. */
    long number(String name, long standard, long min, long max) {
        known.add(name);
        String text = texts.get(name);
        if (text == null) {
            return standard;
        }
        try {
            long value = Long.parseLong(text.strip());
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException _) {
            // Refused below, with the same words.
        }
        throw new IllegalArgumentException(name + "=" + text + ", allowed: a whole number in " + min + ".." + max);
    }

    /** A text; the default when it was not given. */
    String text(String name, String standard) {
        known.add(name);
        return texts.getOrDefault(name, standard);
    }

    /** Refuses names that nobody asked for. */
    void end() {
        for (String name : texts.keySet()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(
                        "option " + name + " of kind " + kind.label() + ", allowed: " + String.join(", ", known));
            }
        }
    }
}
