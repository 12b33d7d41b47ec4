package io.vexel.cli.terminal;

import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON text of maps, lists, texts, numbers, booleans and {@link Raw} parts. Keys stand in the order of the map. A number that
 * JSON cannot say (NaN, infinities), an empty optional and null are {@code null}.
 */
public final class Json {

    private static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    /**
     * A part that is JSON already.
     *
     * @param text well-formed JSON
     */
    public record Raw(String text) {}

    /** The value on one line. */
    public static String of(Object value) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            write(generator, value);
        }
        return text.toString();
    }

    private static void write(JsonGenerator generator, @org.jspecify.annotations.Nullable Object value) {
        switch (value) {
            case null -> generator.writeNull();
            case Optional<?> optional -> write(generator, optional.orElse(null));
            case OptionalLong optional -> write(generator, optional.isPresent() ? optional.getAsLong() : null);
            case Raw raw -> generator.writeRawValue(raw.text());
            case Map<?, ?> map -> {
                generator.writeStartObject();
                map.forEach((key, member) -> {
                    generator.writeName(String.valueOf(key));
                    write(generator, member);
                });
                generator.writeEndObject();
            }
            // A path is an Iterable of its own parts.
            case Path path -> generator.writeString(path.toString());
            case Iterable<?> list -> {
                generator.writeStartArray();
                list.forEach(element -> write(generator, element));
                generator.writeEndArray();
            }
            case Boolean bool -> generator.writeBoolean(bool);
            case Integer number -> generator.writeNumber(number);
            case Long number -> generator.writeNumber(number);
            case Double number -> writeDouble(generator, number);
            default -> generator.writeString(value.toString());
        }
    }

    private static void writeDouble(JsonGenerator generator, double number) {
        if (Double.isFinite(number)) {
            generator.writeNumber(number);
        } else {
            generator.writeNull();
        }
    }
}
