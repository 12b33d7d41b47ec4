package io.vexel.collection.store;

import io.vexel.base.CorruptionException;
import io.vexel.collection.FieldPath;
import io.vexel.collection.Filter;
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
 * A filter made ready to be held against many payloads: one pass over the JSON, skipping what no path leads to, sets a bit
 * for each comparison that holds; then the tree is decided over the bits.
 *
 * <p>Immutable; {@link #matches} may be called from any thread.
 */
final class FilterProgram {

    private static final JsonFactory JSON = new JsonFactory();

    private final Filter filter;
    private final Node root = new Node();
    private final List<FilterTerm> terms = new ArrayList<>();
    private final Condition condition;
    private final boolean withoutPayload;

    /** A name on the way to fields that the filter looks at. */
    private static final class Node {
        final Map<String, Node> children = new HashMap<>();
        final List<Integer> terms = new ArrayList<>();
        final List<Integer> presence = new ArrayList<>();
    }

    /** Decides over the bits of the terms. */
    @FunctionalInterface
    private interface Condition {
        boolean holds(boolean[] termHolds);
    }

    FilterProgram(Filter filter) {
        this.filter = filter;
        this.condition = compile(filter);
        this.withoutPayload = condition.holds(new boolean[terms.size()]);
    }

    private Condition compile(Filter part) {
        return switch (part) {
            case Filter.Compare compare
            when compare.operator() == Filter.Operator.NE ->
                negate(term(compare.path(), FilterTerm.equalTo(List.of(compare.value()))));
            case Filter.Compare compare -> term(compare.path(), FilterTerm.of(compare));
            case Filter.In in -> term(in.path(), FilterTerm.equalTo(in.values()));
            case Filter.NotIn notIn -> negate(term(notIn.path(), FilterTerm.equalTo(notIn.values())));
            case Filter.Exists exists -> presence(exists.path());
            case Filter.Not not -> negate(compile(not.operand()));
            case Filter.And and -> {
                Condition[] all = and.operands().stream().map(this::compile).toArray(Condition[]::new);
                yield bits -> {
                    for (Condition one : all) {
                        if (!one.holds(bits)) {
                            return false;
                        }
                    }
                    return true;
                };
            }
            case Filter.Or or -> {
                Condition[] all = or.operands().stream().map(this::compile).toArray(Condition[]::new);
                yield bits -> {
                    for (Condition one : all) {
                        if (one.holds(bits)) {
                            return true;
                        }
                    }
                    return false;
                };
            }
        };
    }

    private static Condition negate(Condition operand) {
        return bits -> !operand.holds(bits);
    }

    private Condition term(FieldPath path, FilterTerm term) {
        int index = terms.size();
        terms.add(term);
        node(path).terms.add(index);
        return bits -> bits[index];
    }

    private Condition presence(FieldPath path) {
        int index = terms.size();
        terms.add(FilterTerm.NEVER);
        node(path).presence.add(index);
        return bits -> bits[index];
    }

    private Node node(FieldPath path) {
        Node node = root;
        for (String name : path.names()) {
            node = node.children.computeIfAbsent(name, _ -> new Node());
        }
        return node;
    }

    /** The answer for a point without payload. */
    boolean matchesWithoutPayload() {
        return withoutPayload;
    }

    /** The answer for a point with this payload, which is a JSON object in UTF-8. */
    boolean matches(byte[] json, int offset, int length) {
        boolean[] bits = new boolean[terms.size()];
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json, offset, length)) {
            parser.nextToken();
            object(parser, root, bits);
        } catch (JacksonException e) {
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK, "a stored payload is no JSON object: " + e.getOriginalMessage());
        }
        return condition.holds(bits);
    }

    private void object(JsonParser parser, Node node, boolean[] bits) {
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
            JsonToken token = parser.nextToken();
            Node child = node.children.get(name);
            if (child == null) {
                parser.skipChildren();
            } else {
                field(parser, token, child, bits);
            }
        }
    }

    private void field(JsonParser parser, JsonToken token, Node node, boolean[] bits) {
        for (int index : node.presence) {
            bits[index] = true;
        }
        if (token == JsonToken.START_OBJECT) {
            object(parser, node, bits);
        } else if (token == JsonToken.START_ARRAY) {
            array(parser, node, bits);
        } else {
            scalar(parser, token, node, bits);
        }
    }

    private void array(JsonParser parser, Node node, boolean[] bits) {
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token.isScalarValue()) {
                scalar(parser, token, node, bits);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void scalar(JsonParser parser, JsonToken token, Node node, boolean[] bits) {
        for (int index : node.terms) {
            bits[index] = bits[index] || terms.get(index).holds(parser, token);
        }
    }

    @Override
    public String toString() {
        return filter.toString();
    }
}
