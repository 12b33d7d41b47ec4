package io.vexel.cli.file;

import io.vexel.base.ProtocolException;
import io.vexel.collection.Payload;
import io.vexel.collection.PointId;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** One object a line: {@code "vector"} must be there, {@code "id"} and {@code "payload"} may; nothing else. */
final class JsonLinesReader implements RowReader {

    private static final int MAX_LINE_BYTES = 4 << 20;
    private static final int SHOWN_BYTES = 80;
    private static final String ID_RANGE = "an id that is a text or an integer in 0..18446744073709551615";

    private final JsonFactory json = JsonFactory.builder()
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();
    private final Input input;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final float[] components = new float[MAX_DIMENSION];
    private long lineStart;
    private long rows;
    private int dimension;

    JsonLinesReader(Input input) {
        this.input = input;
        CsvRecords.skipByteOrderMark(input);
    }

    @Override
    public Optional<Row> next() {
        byte[] text = nextLine();
        if (text.length == 0) {
            return Optional.empty();
        }
        try (JsonParser parser = json.createParser(ObjectReadContext.empty(), text)) {
            Row row = readObject(parser, text);
            if (parser.nextToken() != null) {
                throw malformed("one object a line", "more behind it");
            }
            return Optional.of(row);
        } catch (JacksonException e) {
            throw malformed("JSON", plainly(e));
        }
    }

    /** The next line that is not blank, without its end; empty at the end of the file. */
    private byte[] nextLine() {
        while (input.peek() >= 0) {
            line.reset();
            lineStart = input.position();
            boolean blank = true;
            for (int next = input.read(); next >= 0 && next != '\n'; next = input.read()) {
                if (line.size() == MAX_LINE_BYTES) {
                    throw malformed("a line of at most " + MAX_LINE_BYTES + " bytes", "a longer one");
                }
                blank &= next <= ' ';
                line.write(next);
            }
            if (!blank) {
                return line.toByteArray();
            }
        }
        return new byte[0];
    }

    private Row readObject(JsonParser parser, byte[] text) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw malformed(
                    "a JSON object",
                    new String(text, 0, Math.min(text.length, SHOWN_BYTES), java.nio.charset.StandardCharsets.UTF_8));
        }
        Optional<PointId> id = Optional.empty();
        Optional<Payload> payload = Optional.empty();
        int count = 0;
        Set<String> seen = new HashSet<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            if (!seen.add(name)) {
                throw malformed("each name once", "\"" + name + "\" twice");
            }
            JsonToken value = parser.nextToken();
            switch (name) {
                case "id" -> id = Optional.of(readId(parser, value));
                case "vector" -> count = readVector(parser, value);
                case "payload" -> payload = readPayload(parser, value, text);
                default -> throw malformed("\"id\", \"vector\" or \"payload\"", "\"" + shortened(name) + "\"");
            }
        }
        if (!seen.contains("vector")) {
            throw malformed("a \"vector\"", "none");
        }
        if (dimension == 0) {
            dimension = count;
        } else if (count != dimension) {
            throw malformed(dimension + " components as in row 0", Integer.toString(count));
        }
        return Row.of(rows++, lineStart, Arrays.copyOf(components, count)).with(id, payload);
    }

    private PointId readId(JsonParser parser, JsonToken value) {
        String text = parser.getString();
        try {
            if (value == JsonToken.VALUE_STRING) {
                return PointId.of(text);
            }
            if (value == JsonToken.VALUE_NUMBER_INT && text.charAt(0) != '-') {
                return PointId.of(Long.parseUnsignedLong(text));
            }
        } catch (NumberFormatException e) {
            throw malformed(ID_RANGE, shortened(text));
        } catch (IllegalArgumentException e) {
            throw malformed("an id", e);
        }
        throw malformed(ID_RANGE, shortened(text));
    }

    private int readVector(JsonParser parser, JsonToken value) {
        if (value != JsonToken.START_ARRAY) {
            throw malformed("an array as \"vector\"", shortened(parser.getString()));
        }
        int count = 0;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token == null || !token.isNumeric()) {
                throw malformed(
                        "a number as component " + count, token == null ? "the end" : shortened(parser.getString()));
            }
            if (count == MAX_DIMENSION) {
                throw malformed("at most " + MAX_DIMENSION + " components", "more");
            }
            float component = parser.getFloatValue();
            if (Float.isInfinite(component)) {
                throw malformed("a number in float32's range as component " + count, shortened(parser.getString()));
            }
            components[count++] = component;
        }
        if (count == 0) {
            throw malformed("1.." + MAX_DIMENSION + " components", "none");
        }
        return count;
    }

    private Optional<Payload> readPayload(JsonParser parser, JsonToken value, byte[] text) {
        if (value == JsonToken.VALUE_NULL) {
            return Optional.empty();
        }
        if (value != JsonToken.START_OBJECT) {
            throw malformed("an object as \"payload\"", shortened(parser.getString()));
        }
        int start = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        int end = (int) parser.currentLocation().getByteOffset();
        try {
            return Optional.of(Payload.ofUtf8(Arrays.copyOfRange(text, start, end)));
        } catch (IllegalArgumentException e) {
            throw malformed("a payload", e);
        }
    }

    /** What the library found, without its advice for programmers. */
    private static String plainly(JacksonException e) {
        return e.getOriginalMessage().replaceAll(": enable `.*| \\(start marker at .*", "");
    }

    private static String shortened(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }

    private ProtocolException malformed(String expected, Exception found) {
        return input.malformed("row " + rows + " (byte " + lineStart + ")", expected, found);
    }

    private ProtocolException malformed(String expected, String found) {
        return input.malformed("row " + rows + " (byte " + lineStart + ")", expected, found);
    }

    @Override
    public OptionalLong rowCount() {
        return OptionalLong.empty();
    }

    @Override
    public Input input() {
        return input;
    }
}
