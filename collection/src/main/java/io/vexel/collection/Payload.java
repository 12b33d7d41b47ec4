package io.vexel.collection;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * A JSON object (RFC 8259) of at most 1 MiB in UTF-8, kept byte for byte as it was given.
 *
 * <p>Refused: anything that is no object, duplicate names in one object, nesting deeper than 100, numbers of more than 1,000
 * characters or with an exponent beyond 2^31, names longer than 4,096 characters.
 */
public final class Payload {

    /** Most bytes of a payload in UTF-8. */
    public static final int MAX_BYTES = 1 << 20;

    /** Deepest nesting of objects and arrays. */
    public static final int MAX_DEPTH = 100;

    private static final JsonFactory STRICT = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(1_000)
                    .maxStringLength(MAX_BYTES)
                    .maxNameLength(4_096)
                    .build())
            .build();

    private final byte[] utf8;

    private Payload(byte[] utf8) {
        this.utf8 = utf8;
    }

    /**
     * The payload with this JSON text.
     *
     * @throws IllegalArgumentException saying what is wrong and where
     */
    public static Payload parse(String json) {
        check(json);
        return checkedLength(StrictUtf8.encode("payload", json));
    }

    /** As {@link #parse}, from UTF-8 bytes, which are copied. */
    public static Payload ofUtf8(byte[] json) {
        check(StrictUtf8.decode("payload", json));
        return checkedLength(json.clone());
    }

    /** The payload that stands there; it was checked when it was stored. */
    public static Payload read(MemorySegment source) {
        return new Payload(source.toArray(ValueLayout.JAVA_BYTE));
    }

    private static Payload checkedLength(byte[] utf8) {
        if (utf8.length > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "payload bytes=" + utf8.length + ", allowed: 2.." + MAX_BYTES + " bytes of UTF-8");
        }
        return new Payload(utf8);
    }

    private static void check(String json) {
        if (json.length() > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "payload characters=" + json.length() + ", allowed: 2.." + MAX_BYTES + " bytes of UTF-8");
        }
        try (JsonParser parser = STRICT.createParser(ObjectReadContext.empty(), json)) {
            check(parser, json);
        }
    }

    private static void check(JsonParser parser, String json) {
        try {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("payload=" + shortened(json) + ", allowed: a JSON object");
            }
            int depth = 1;
            while (depth > 0) {
                depth += checkToken(parser);
            }
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException(
                        "payload=" + shortened(json) + ", allowed: one JSON object and nothing behind it");
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "payload=" + shortened(json) + ", allowed: a JSON object; at character "
                            + parser.currentLocation().getCharOffset() + ": " + plainly(e),
                    e);
        }
    }

    /** What the library found, without its advice for programmers. */
    private static String plainly(JacksonException e) {
        return e.getOriginalMessage().replaceAll(": enable `.*| \\(start marker at .*", "");
    }

    private static int checkToken(JsonParser parser) {
        JsonToken token = parser.nextToken();
        if (token == null) {
            throw new IllegalArgumentException("payload, allowed: a JSON object with its closing brace");
        }
        if (token == JsonToken.VALUE_NUMBER_FLOAT) {
            checkNumber(parser.getString());
        } else if (token == JsonToken.VALUE_STRING) {
            // The reader decodes lazily; escapes are checked only when the text is asked for.
            parser.finishToken();
        }
        return token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
    }

    private static void checkNumber(String text) {
        try {
            BigDecimal unused = new BigDecimal(text);
            assert unused.signum() >= -1;
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "payload number=" + text + ", allowed: exponents from -2147483647 to 2147483647", e);
        }
    }

    private static String shortened(String json) {
        return json.length() <= 60 ? json : json.substring(0, 60) + "...";
    }

    /** The JSON text, as it was given. */
    public String json() {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    /** Bytes of the text in UTF-8: 2..{@link #MAX_BYTES}. */
    public int byteLength() {
        return utf8.length;
    }

    /** Writes the UTF-8 bytes. */
    public void copyTo(MemorySegment target, long offset) {
        MemorySegment.copy(utf8, 0, target, ValueLayout.JAVA_BYTE, offset, utf8.length);
    }

    /** Equal when the bytes are equal. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Payload payload && Arrays.equals(utf8, payload.utf8);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(utf8);
    }

    @Override
    public String toString() {
        return json();
    }
}
