package io.vexel.collection.store;

import io.vexel.collection.FieldPath;
import io.vexel.collection.Filter;
import io.vexel.collection.payload.PayloadReader;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * A filter made ready to be held against many payloads: one pass over the JSON, skipping what no path leads to, sets a bit
 * for each comparison that holds; then the tree is decided over the bits.
 *
 * <p>Immutable; {@link #matches} may be called from any thread.
 */
final class FilterProgram {

    private final Filter filter;
    private final PayloadReader reader = new PayloadReader();
    private final List<FilterTerm> terms = new ArrayList<>();
    private final List<Boolean> presences = new ArrayList<>();
    private final Condition condition;
    private final boolean withoutPayload;

    /** Sets the bits of the terms that hold. */
    private final class Bits implements PayloadReader.Visitor {

        private final boolean[] holds = new boolean[terms.size()];

        @Override
        public void present(int path) {
            holds[path] = holds[path] || presences.get(path);
        }

        @Override
        public void scalar(int path, JsonParser parser, JsonToken token) {
            holds[path] = holds[path] || terms.get(path).holds(parser, token);
        }
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
        return bit(path, term, false);
    }

    private Condition presence(FieldPath path) {
        return bit(path, FilterTerm.NEVER, true);
    }

    private Condition bit(FieldPath path, FilterTerm term, boolean presence) {
        int index = reader.add(path);
        terms.add(term);
        presences.add(presence);
        return bits -> bits[index];
    }

    /** The answer for a point without payload. */
    boolean matchesWithoutPayload() {
        return withoutPayload;
    }

    /** The answer for a point with this payload, which is a JSON object in UTF-8. */
    boolean matches(byte[] json, int offset, int length) {
        Bits bits = new Bits();
        reader.read(json, offset, length, bits);
        return condition.holds(bits.holds);
    }

    @Override
    public String toString() {
        return filter.toString();
    }
}
