package io.vexel.collection.payload;

import io.vexel.base.CorruptionException;
import io.vexel.collection.FieldPath;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the fields that paths lead to, in one pass over the JSON that skips everything else. This is the one place that says which
 * scalars a path has: the field itself, or the scalar elements of an array.
 *
 * <p>Paths are added first; from then on {@link #read} may be called from any thread.
 */
public final class PayloadReader {

    private static final JsonFactory JSON = new JsonFactory();

    private final Node root = new Node();
    private int paths;

    /** Takes what is found. */
    public interface Visitor {

        /** The field is there, whatever its value. */
        void present(int path);

        /** The field is this scalar, or an array with this scalar in it. */
        void scalar(int path, JsonParser parser, JsonToken token);
    }

    /** A name on the way to fields. */
    private static final class Node {
        final Map<String, Node> children = new HashMap<>();
        final List<Integer> paths = new ArrayList<>();
    }

    /** Adds a path; returns its number, counting from 0. The same path may be added again. */
    public int add(FieldPath path) {
        Node node = root;
        for (String name : path.names()) {
            node = node.children.computeIfAbsent(name, _ -> new Node());
        }
        node.paths.add(paths);
        return paths++;
    }

    /**
     * Reads a JSON object in UTF-8.
     *
     * @throws CorruptionException when it is none
     */
    public void read(byte[] json, int offset, int length, Visitor visitor) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json, offset, length)) {
            parser.nextToken();
            object(parser, root, visitor);
        } catch (JacksonException e) {
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK, "a stored payload is no JSON object: " + e.getOriginalMessage());
        }
    }

    private static void object(JsonParser parser, Node node, Visitor visitor) {
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            JsonToken token = parser.nextToken();
            Node child = node.children.get(name);
            if (child == null) {
                parser.skipChildren();
            } else {
                field(parser, token, child, visitor);
            }
        }
    }

    private static void field(JsonParser parser, JsonToken token, Node node, Visitor visitor) {
        for (int path : node.paths) {
            visitor.present(path);
        }
        if (token == JsonToken.START_OBJECT) {
            object(parser, node, visitor);
        } else if (token == JsonToken.START_ARRAY) {
            array(parser, node, visitor);
        } else {
            scalar(parser, token, node, visitor);
        }
    }

    private static void array(JsonParser parser, Node node, Visitor visitor) {
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token.isScalarValue()) {
                scalar(parser, token, node, visitor);
            } else {
                parser.skipChildren();
            }
        }
    }

    private static void scalar(JsonParser parser, JsonToken token, Node node, Visitor visitor) {
        for (int path : node.paths) {
            visitor.scalar(path, parser, token);
        }
    }
}
