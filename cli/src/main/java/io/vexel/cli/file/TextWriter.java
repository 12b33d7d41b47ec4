package io.vexel.cli.file;

import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import java.io.StringWriter;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Rows of text with ids and payloads: csv with a header, or JSON lines. Floats stand in their shortest exact form. */
final class TextWriter implements RowWriter {

    private final Output output;
    private final FileFormat format;
    private final JsonFactory json = new JsonFactory();
    private final StringBuilder line = new StringBuilder();

    TextWriter(Output output, FileFormat format, int dimension) {
        this.output = output;
        this.format = format;
        if (format == FileFormat.CSV) {
            line.append("id");
            for (int i = 0; i < dimension; i++) {
                line.append(",v").append(i);
            }
            line.append(",payload\n");
            flushLine();
        }
    }

    @Override
    public void write(Point point) {
        if (format == FileFormat.CSV) {
            writeCsv(point);
        } else {
            writeJson(point);
        }
        flushLine();
    }

    private void writeCsv(Point point) {
        appendCell(point.id().toString());
        for (float component : RowWriter.components(point.vector())) {
            line.append(',').append(component);
        }
        line.append(',');
        point.payload().ifPresent(payload -> appendCell(RowWriter.oneLine(payload)));
        line.append('\n');
    }

    private void appendCell(String text) {
        if (text.matches("[^\",\\r\\n]*")) {
            line.append(text);
        } else {
            line.append('"').append(text.replace("\"", "\"\"")).append('"');
        }
    }

    private void writeJson(Point point) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = json.createGenerator(ObjectWriteContext.empty(), text)) {
            generator.writeStartObject();
            switch (point.id()) {
                case PointId.Numeric number -> generator.writeName("id").writeRawValue(number.toString());
                case PointId.Text id -> generator.writeStringProperty("id", id.value());
            }
            generator.writeName("vector").writeStartArray();
            for (float component : RowWriter.components(point.vector())) {
                generator.writeNumber(component);
            }
            generator.writeEndArray();
            point.payload()
                    .ifPresent(payload -> generator.writeName("payload").writeRawValue(RowWriter.oneLine(payload)));
            generator.writeEndObject();
        }
        line.append(text).append('\n');
    }

    private void flushLine() {
        output.write(line.toString());
        line.setLength(0);
    }

    @Override
    public boolean keepsPayloads() {
        return true;
    }
}
