package io.vexel.cli.file;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The head of an npy file: magic, version, and a Python dictionary of type, order and shape.
 *
 * @param type one of the letters f i u b, then the bytes of a component
 * @param bigEndian how components of more than one byte stand
 */
record NpyHeader(String type, boolean bigEndian, long rows, int dimension) {

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MAX_BYTES = 64 * 1024;
    private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([<>=|]?)([a-zA-Z]\\d{1,2})'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([^)]*)\\)");
    private static final Pattern TWO_NUMBERS = Pattern.compile("\\s*(\\d{1,18})L?\\s*,\\s*(\\d{1,18})L?\\s*,?\\s*");
    private static final Pattern TYPES = Pattern.compile("f[248]|[iu][1248]|b1");

    static NpyHeader read(Input input) {
        ByteBuffer magic = input.take(MAGIC.length + 2, "npy magic and version");
        for (int i = 0; i < MAGIC.length; i++) {
            if (magic.get(i) != MAGIC[i]) {
                throw input.malformed("byte " + i, "the npy magic \\x93NUMPY", "0x%02x".formatted(magic.get(i) & 0xFF));
            }
        }
        int version = magic.get(MAGIC.length);
        if (version < 1 || version > 3) {
            throw input.malformed("byte 6", "npy version 1, 2 or 3", Integer.toString(version));
        }
        int length = version == 1
                ? Short.toUnsignedInt(
                        input.take(Short.BYTES, "npy header length").getShort())
                : input.take(Integer.BYTES, "npy header length").getInt();
        if (length < 1 || length > MAX_BYTES) {
            throw input.malformed("byte 8", "an npy header of 1.." + MAX_BYTES + " bytes", "" + length);
        }
        byte[] text = new byte[length];
        input.take(length, "npy header").get(text);
        return parse(input, new String(text, StandardCharsets.UTF_8));
    }

    private static NpyHeader parse(Input input, String text) {
        Matcher type = find(input, DESCR, text, "'descr' of a plain number type");
        if (!TYPES.matcher(type.group(2).toLowerCase(Locale.ROOT)).matches()) {
            throw input.malformed(
                    "npy header", "floats of 2, 4, 8 bytes, integers of 1, 2, 4, 8 or booleans", type.group(2));
        }
        if (find(input, ORDER, text, "'fortran_order'").group(1).equals("True")) {
            throw input.malformed("npy header", "C order", "fortran_order True (save np.ascontiguousarray(a))");
        }
        String shape = find(input, SHAPE, text, "'shape'").group(1);
        Matcher numbers = TWO_NUMBERS.matcher(shape);
        if (!numbers.matches()) {
            throw input.malformed("npy header", "two dimensions (rows, components)", "shape (" + shape + ")");
        }
        long dimension = Long.parseLong(numbers.group(2));
        if (dimension < 1 || dimension > RowReader.MAX_DIMENSION) {
            throw input.malformed("npy header", "1.." + RowReader.MAX_DIMENSION + " components a row", "" + dimension);
        }
        return new NpyHeader(
                type.group(2).toLowerCase(Locale.ROOT),
                type.group(1).equals(">"),
                Long.parseLong(numbers.group(1)),
                (int) dimension);
    }

    private static Matcher find(Input input, Pattern pattern, String text, String expected) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw input.malformed(
                    "npy header",
                    expected,
                    text.strip().substring(0, Math.min(80, text.strip().length())));
        }
        return matcher;
    }

    int componentBytes() {
        return type.charAt(1) - '0';
    }

    long rowBytes() {
        return (long) dimension * componentBytes();
    }
}
