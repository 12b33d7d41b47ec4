package io.vexel.collection;

import io.vexel.base.Checks;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The user's name of a point: an unsigned 64-bit number or a text of 1..512 UTF-8 bytes. The number 7 and the text "7" are
 * two different ids.
 *
 * <p>Order (used to break ties of equal distance): numbers before texts; numbers unsigned; texts by their UTF-8 bytes, unsigned.
 */
public sealed interface PointId extends Comparable<PointId> permits PointId.Numeric, PointId.Text {

    /** Most UTF-8 bytes of a text id. */
    int MAX_TEXT_BYTES = 512;

    /** The id with this number; the sign bit counts as 2^63. */
    static Numeric of(long unsignedValue) {
        return new Numeric(unsignedValue);
    }

    /**
     * The id with this text.
     *
     * @throws IllegalArgumentException when it is empty, longer than 512 UTF-8 bytes, or not well-formed UTF-16
     */
    static Text of(String text) {
        return new Text(text);
    }

    /**
     * Reads the form that {@code toString} writes: decimal digits up to 2^64-1 are a number, a text in double quotes (with
     * the escapes of JSON) is what stands in the quotes, anything else is a text as it stands.
     *
     * @throws IllegalArgumentException when the text is no valid id
     */
    static PointId parse(String form) {
        if (form.startsWith("\"")) {
            return of(QuotedText.unquote(form));
        }
        return looksNumeric(form) ? of(Long.parseUnsignedLong(form)) : of(form);
    }

    private static boolean looksNumeric(String form) {
        if (form.isEmpty() || form.length() > 20 || (form.length() > 1 && form.charAt(0) == '0')) {
            return false;
        }
        for (int i = 0; i < form.length(); i++) {
            if (form.charAt(i) < '0' || form.charAt(i) > '9') {
                return false;
            }
        }
        return form.length() < 20 || form.compareTo("18446744073709551615") <= 0;
    }

    @Override
    default int compareTo(PointId other) {
        return switch (this) {
            case Numeric mine ->
                switch (other) {
                    case Numeric theirs -> Long.compareUnsigned(mine.value, theirs.value);
                    case Text _ -> -1;
                };
            case Text mine ->
                switch (other) {
                    case Numeric _ -> 1;
                    case Text theirs -> Arrays.compareUnsigned(mine.utf8, theirs.utf8);
                };
        };
    }

    /**
     * A number as id.
     *
     * @param value to be read as unsigned
     */
    record Numeric(long value) implements PointId {

        @Override
        public String toString() {
            return Long.toUnsignedString(value);
        }
    }

    /** A text as id. */
    final class Text implements PointId {

        private final String value;
        private final byte[] utf8;

        private Text(String value) {
            // A longer text cannot fit, and its megabytes need not be encoded to know it.
            if (value.isEmpty() || value.length() > MAX_TEXT_BYTES) {
                throw badLength(value, value.length() + " characters");
            }
            this.value = value;
            this.utf8 = StrictUtf8.encode("id", value);
            if (utf8.length > MAX_TEXT_BYTES) {
                throw badLength(value, utf8.length + " UTF-8 bytes");
            }
        }

        private static IllegalArgumentException badLength(String value, String length) {
            String shown = value.length() > 40 ? value.substring(0, 40) + "..." : value;
            return new IllegalArgumentException(
                    "id=\"" + shown + "\" with " + length + ", allowed: 1.." + MAX_TEXT_BYTES + " UTF-8 bytes");
        }

        /** The text. */
        public String value() {
            return value;
        }

        /** Bytes of the text in UTF-8, 1..512. */
        public int byteLength() {
            return utf8.length;
        }

        /** Writes the UTF-8 bytes. */
        public void copyTo(MemorySegment target, long offset) {
            MemorySegment.copy(utf8, 0, target, ValueLayout.JAVA_BYTE, offset, utf8.length);
        }

        /** The text whose UTF-8 bytes stand there. */
        public static Text read(MemorySegment source, long offset, int length) {
            Checks.inRange("length", length, 1, MAX_TEXT_BYTES);
            byte[] bytes = new byte[length];
            MemorySegment.copy(source, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
            return new Text(new String(bytes, StandardCharsets.UTF_8));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Text text && value.equals(text.value);
        }

        @Override
        public int hashCode() {
            return value.hashCode();
        }

        @Override
        public String toString() {
            return value.startsWith("\"") || looksNumeric(value) || QuotedText.needsEscape(value)
                    ? QuotedText.quote(value)
                    : value;
        }
    }
}
