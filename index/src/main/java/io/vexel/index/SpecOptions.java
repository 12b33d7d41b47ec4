package io.vexel.index;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Options of an index kind as texts by name, read one by one; every name that was given must be read. Names may have their words divided by underscores or by
 * capitals, whichever the kind uses.
 */
final class SpecOptions {

    private final IndexKind kind;
    private final Map<String, String> texts;
    private final TreeSet<String> known = new TreeSet<>();
    private final Set<String> read = new HashSet<>();

    SpecOptions(IndexKind kind, Map<String, String> texts) {
        this.kind = kind;
        this.texts = texts;
    }

    /** A whole number in a range; the default when it was not given. */
    long number(String name, long standard, long min, long max) {
        Optional<String> given = given(name);
        if (given.isEmpty()) {
            return standard;
        }
        String text = given.get();
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
        return given(name).orElse(standard);
    }

    private Optional<String> given(String name) {
        known.add(name);
        List<String> names =
                texts.keySet().stream().filter(each -> areSame(each, name)).toList();
        read.addAll(names);
        if (names.size() > 1) {
            throw new IllegalArgumentException("options=" + names + ", allowed: one of them");
        }
        return names.stream().map(texts::get).findAny();
    }

    private static boolean areSame(String name, String other) {
        return name.replace("_", "").equalsIgnoreCase(other.replace("_", ""));
    }

    /** Refuses names that nobody asked for. */
    void end() {
        for (String name : texts.keySet()) {
            if (!read.contains(name)) {
                throw new IllegalArgumentException(
                        "option " + name + " of kind " + kind.label() + ", allowed: " + String.join(", ", known));
            }
        }
    }
}
