package io.vexel.cli;

import io.vexel.cli.file.RowWriter;
import io.vexel.cli.terminal.Json;
import io.vexel.collection.Payload;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Points, ids and vectors as JSON. */
final class Points {

    private Points() {}

    static Map<String, Object> json(Point point) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("id", id(point.id()));
        facts.put("vector", vector(point.vector()));
        point.payload().ifPresent(payload -> facts.put("payload", payload(payload)));
        return facts;
    }

    /** A number stays a number and a text a text. */
    static Object id(PointId id) {
        return switch (id) {
            case PointId.Numeric number -> new Json.Raw(number.toString());
            case PointId.Text text -> text.value();
        };
    }

    static Json.Raw payload(Payload payload) {
        return new Json.Raw(RowWriter.oneLine(payload));
    }

    private static List<Object> vector(VectorData vector) {
        List<Object> components = new ArrayList<>(vector.dimension());
        for (int i = 0; i < vector.dimension(); i++) {
            components.add(
                    switch (vector) {
                        // Through text: the shortest form that gives the float back, not that of the double.
                        case VectorData.Floats floats -> new Json.Raw(Float.toString(floats.get(i)));
                        case VectorData.Bits bits -> bits.get(i) ? 1 : 0;
                    });
        }
        return components;
    }
}
