package io.vexel.collection;

/** Text in double quotes with the escapes of JSON (RFC 8259 section 7); both directions. */
final class QuotedText {

    private QuotedText() {}

    static boolean needsEscape(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isEscaped(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isEscaped(char c) {
        return c < ' ' || c == '"' || c == '\\' || c == 0x7F || Character.isSurrogate(c);
    }

    static String quote(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!isEscaped(c)) {
                out.append(c);
            } else if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                out.append(c).append(text.charAt(++i));
            } else {
                out.append("\\u%04x".formatted((int) c));
            }
        }
        return out.append('"').toString();
    }

    /** The content of a text that is one quoted text from its first character to its last. */
    static String unquote(String form) {
        StringBuilder content = new StringBuilder();
        int end = scan(form, 0, content);
        if (end != form.length()) {
            throw new IllegalArgumentException("position " + end + ": text goes on behind the closing quote");
        }
        return content.toString();
    }

    /**
     * Reads the quoted text that starts at {@code start} (with a single or a double quote) into {@code content}.
     *
     * @return the position behind the closing quote
     */
    static int scan(String form, int start, StringBuilder content) {
        char quote = form.charAt(start);
        int at = start + 1;
        while (at < form.length() && form.charAt(at) != quote) {
            char c = form.charAt(at);
            if (c == '\\') {
                at = escape(form, at, content);
            } else {
                content.append(c);
                at++;
            }
        }
        if (at >= form.length()) {
            throw new IllegalArgumentException("position " + start + ": the quoted text has no end");
        }
        return at + 1;
    }

    private static int escape(String form, int at, StringBuilder content) {
        char kind = at + 1 < form.length() ? form.charAt(at + 1) : 0;
        switch (kind) {
            case '"', '\'', '\\', '/' -> content.append(kind);
            case 'b' -> content.append('\b');
            case 'f' -> content.append('\f');
            case 'n' -> content.append('\n');
            case 'r' -> content.append('\r');
            case 't' -> content.append('\t');
            case 'u' -> {
                content.append(hex(form, at + 2));
                return at + 6;
            }
            default -> throw new IllegalArgumentException("position " + at + ": unknown escape in a quoted text");
        }
        return at + 2;
    }

    private static char hex(String form, int at) {
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            int digit = i < form.length() ? Character.digit(form.charAt(i), 16) : -1;
            if (digit < 0 || form.charAt(i) > 'f') {
                throw new IllegalArgumentException("position " + i + ": a hexadecimal digit is missing after \\u");
            }
            value = value * 16 + digit;
        }
        return (char) value;
    }
}
