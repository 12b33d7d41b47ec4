package io.vexel.collection.payload;

import io.vexel.collection.FieldIndex;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Makes a segment out of payloads, row by row. */
final class SegmentBuilder implements PayloadReader.Visitor {

    private final PayloadReader reader = new PayloadReader();
    private final List<FieldPart.Builder> builders = new ArrayList<>();
    private int row;

    SegmentBuilder(List<FieldIndex> fields) {
        for (FieldIndex field : fields) {
            reader.add(field.path());
            builders.add(
                    switch (field.kind()) {
                        case KEYWORD -> new KeywordPart.Builder();
                        case RANGE -> new RangePart.Builder();
                        case TEXT -> new TextPart.Builder();
                    });
        }
    }

    /** Adds a row, larger than those before. */
    void add(int ordinal, byte[] json, int offset, int length) {
        row = ordinal;
        reader.read(json, offset, length, this);
    }

    @Override
    public void present(int path) {
        builders.get(path).present(row);
    }

    @Override
    public void scalar(int path, JsonParser parser, JsonToken token) {
        builders.get(path).scalar(row, parser, token);
    }

    /** The segment of the rows {@code first..end - 1}, of which those dead at the version were not added. */
    Segment build(int first, int end, int version) {
        List<FieldPart> parts =
                builders.stream().map(builder -> builder.build(first, end)).toList();
        return new Segment(first, end, version, end - first, parts);
    }
}
