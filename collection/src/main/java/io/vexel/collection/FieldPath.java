package io.vexel.collection;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Names of fields from the root of a payload downwards: {@code address.city}. In text, a name that is not a letter or
 * underscore followed by letters, digits, underscores and hyphens (ASCII), or that is a word of the filter language, stands
 * in backquotes, in which a backquote is doubled.
 *
 * @param names 1..16 names
 */
public record FieldPath(List<String> names) {

    /** Most names in a path. */
    public static final int MAX_NAMES = 16;

    private static final Set<String> WORDS = Set.of("AND", "OR", "NOT", "IN", "EXISTS", "TRUE", "FALSE", "NULL");

    public FieldPath {
        names = List.copyOf(names);
        if (names.isEmpty() || names.size() > MAX_NAMES) {
            throw new IllegalArgumentException("path names=" + names.size() + ", allowed: 1.." + MAX_NAMES);
        }
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException naming the position of what is wrong
     */
    public static FieldPath parse(String text) {
        List<String> names = new ArrayList<>();
        int end = scan(text, 0, names);
        if (end != text.length()) {
            throw new IllegalArgumentException("position " + end + ": this is not part of a field path: " + text);
        }
        return new FieldPath(names);
    }

    /** Reads a path that starts at {@code at} into {@code names}; returns the position behind it. */
    static int scan(String text, int at, List<String> names) {
        int end = scanName(text, at, names);
        while (end < text.length() && text.charAt(end) == '.') {
            end = scanName(text, end + 1, names);
        }
        if (names.size() > MAX_NAMES) {
            throw new IllegalArgumentException("position " + at + ": a path has at most " + MAX_NAMES + " names");
        }
        return end;
    }

    private static int scanName(String text, int at, List<String> names) {
        if (at < text.length() && text.charAt(at) == '`') {
            return scanQuoted(text, at, names);
        }
        int end = at;
        while (end < text.length() && isNameCharacter(text.charAt(end), end > at)) {
            end++;
        }
        String name = text.substring(at, end);
        if (name.isEmpty() || isWord(name)) {
            throw new IllegalArgumentException(
                    "position " + at + ": the name of a field is expected; other names stand in backquotes");
        }
        names.add(name);
        return end;
    }

    private static int scanQuoted(String text, int at, List<String> names) {
        StringBuilder name = new StringBuilder();
        int end = at + 1;
        while (end < text.length()) {
            if (text.charAt(end) == '`') {
                if (end + 1 >= text.length() || text.charAt(end + 1) != '`') {
                    names.add(name.toString());
                    return end + 1;
                }
                end++;
            }
            name.append(text.charAt(end++));
        }
        throw new IllegalArgumentException("position " + at + ": the backquoted name has no end");
    }

    static boolean isWord(String name) {
        return WORDS.contains(name.toUpperCase(Locale.ROOT));
    }

    static boolean isNameCharacter(char c, boolean inside) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || c == '_'
                || (inside && ((c >= '0' && c <= '9') || c == '-'));
    }

    @Override
    public String toString() {
        return names.stream().map(FieldPath::quoted).collect(Collectors.joining("."));
    }

    private static String quoted(String name) {
        boolean plain = !name.isEmpty() && !isWord(name);
        for (int i = 0; plain && i < name.length(); i++) {
            plain = isNameCharacter(name.charAt(i), i > 0);
        }
        return plain ? name : "`" + name.replace("`", "``") + "`";
    }
}
