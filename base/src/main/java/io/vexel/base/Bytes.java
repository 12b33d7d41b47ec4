package io.vexel.base;

/** Byte counts: units, rounding, and their text form. */
public final class Bytes {

    public static final long KIB = 1024;
    public static final long MIB = 1024 * KIB;
    public static final long GIB = 1024 * MIB;
    public static final long TIB = 1024 * GIB;

    private static final String UNITS = "KMGTPE";

    private Bytes() {}

    /** The smallest multiple of {@code unit} that is not below {@code value}. */
    public static long roundUp(long value, long unit) {
        return Math.multiplyExact(ceilDiv(value, unit), unit);
    }

    /** The largest multiple of {@code unit} that is not above {@code value}. */
    public static long roundDown(long value, long unit) {
        return value - value % unit;
    }

    /** {@code value / unit}, rounded up. */
    public static long ceilDiv(long value, long unit) {
        return Math.ceilDiv(value, unit);
    }

    /** Text such as {@code 1.5 GiB}; below one KiB {@code 512 B}. */
    public static String text(long bytes) {
        if (bytes < KIB) {
            return bytes + " B";
        }
        int exponent = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
        double scaled = bytes / (double) (1L << (10 * exponent));
        return "%.1f %siB".formatted(scaled, UNITS.charAt(exponent - 1));
    }

    /**
     * Reads {@code 64MiB}, {@code 64M}, {@code 1.8TB} (decimal), {@code 4096}. Units K M G T P and KiB.. are powers of 1024; KB.. powers of 1000.
     *
     * @throws IllegalArgumentException naming the text when it is no size
     */
    public static long parse(String text) {
        String trimmed = text.strip();
        int digits = 0;
        while (digits < trimmed.length()
                && (Character.isDigit(trimmed.charAt(digits)) || trimmed.charAt(digits) == '.')) {
            digits++;
        }
        try {
            java.math.BigDecimal number = new java.math.BigDecimal(trimmed.substring(0, digits));
            long multiplier = multiplier(trimmed.substring(digits).strip());
            return number.multiply(java.math.BigDecimal.valueOf(multiplier))
                    .setScale(0, java.math.RoundingMode.DOWN)
                    .longValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            throw new IllegalArgumentException(
                    "size=" + text + ", allowed: a number with an optional unit such as 64MiB, 1.8TB or 4096", e);
        }
    }

    private static long multiplier(String unit) {
        if (unit.isEmpty() || unit.equalsIgnoreCase("B")) {
            return 1;
        }
        int exponent = UNITS.indexOf(Character.toUpperCase(unit.charAt(0))) + 1;
        String rest = unit.substring(1);
        if (exponent == 0 || !(rest.isEmpty() || rest.equalsIgnoreCase("B") || rest.equalsIgnoreCase("iB"))) {
            throw new NumberFormatException(unit);
        }
        return rest.equalsIgnoreCase("B")
                ? java.math.BigInteger.TEN.pow(3 * exponent).longValueExact()
                : 1L << (10 * exponent);
    }
}
