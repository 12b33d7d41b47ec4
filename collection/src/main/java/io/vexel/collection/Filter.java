package io.vexel.collection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A condition on the payload of a point.
 *
 * <p>Rules of comparison:
 * <ul>
 *   <li>A comparison looks at the field that the path leads to. When that is an array, it holds when it holds for one of the
 *       array's scalar elements.
 *   <li>Numbers compare with numbers, exactly (9007199254740993 differs from 9007199254740992.0; 1 equals 1.0), texts with
 *       texts by code points, booleans and null with themselves. Different types are never equal and never in order.
 *   <li>A missing field equals nothing and is in order with nothing; so EQ, GT, GE, LT, LE and IN do not hold for it.
 *   <li>{@code NE} is exactly {@code NOT EQ}, and {@code NOT IN} is exactly {@code NOT (IN)}; both hold for a missing field.
 *   <li>{@code EXISTS} holds when the field is there, whatever its value, null included.
 *   <li>A point without payload has no field.
 * </ul>
 *
 * <p>The text form, read by {@link #parse} and written by {@code toString}:
 * {@code price < 10 AND color IN ("red", "blue") AND NOT (size >= 3) OR EXISTS a.b}. NOT binds closer than AND, AND closer than
 * OR. Operators: {@code = == != <> < <= > >= IN NOT IN EXISTS}. Words may be in any case. Values are JSON scalars; texts may stand
 * in single quotes too.
 */
public sealed interface Filter {

    /** Deepest nesting. */
    int MAX_DEPTH = 64;

    /** Most comparisons and values in a filter together. */
    int MAX_TERMS = 10_000;

    /** Most characters that {@link #parse} takes. */
    int MAX_TEXT = 1 << 20;

    /** How a field compares with a value. */
    enum Operator {
        EQ("="),
        NE("!="),
        GT(">"),
        GE(">="),
        LT("<"),
        LE("<=");

        private final String sign;

        Operator(String sign) {
            this.sign = sign;
        }

        /** As it is written in text. */
        public String sign() {
            return sign;
        }

        /** Whether a field that compares with the value so (negative: it is less) fulfils the comparison. */
        public boolean holdsFor(int order) {
            return switch (this) {
                case EQ -> order == 0;
                case NE -> order != 0;
                case GT -> order > 0;
                case GE -> order >= 0;
                case LT -> order < 0;
                case LE -> order <= 0;
            };
        }

        boolean ordered() {
            return this != EQ && this != NE;
        }
    }

    /** A field compared with a value. Only numbers and texts have an order. */
    record Compare(FieldPath path, Operator operator, FilterValue value) implements Filter {

        public Compare {
            boolean hasOrder = value instanceof FilterValue.Numeric || value instanceof FilterValue.Text;
            if (operator.ordered() && !hasOrder) {
                throw new IllegalArgumentException(
                        "value=" + value + " with " + operator.sign + ", allowed: a number or a text");
            }
        }

        @Override
        public String toString() {
            return path + " " + operator.sign + " " + value;
        }
    }

    /** A field that equals one of the values. */
    record In(FieldPath path, List<FilterValue> values) implements Filter {

        public In {
            values = List.copyOf(values);
            if (values.isEmpty()) {
                throw new IllegalArgumentException("values of IN=0, allowed: at least 1");
            }
        }

        @Override
        public String toString() {
            return path + " IN " + list(values);
        }
    }

    /** A field that equals none of the values, or is missing. */
    record NotIn(FieldPath path, List<FilterValue> values) implements Filter {

        public NotIn {
            values = List.copyOf(values);
            if (values.isEmpty()) {
                throw new IllegalArgumentException("values of NOT IN=0, allowed: at least 1");
            }
        }

        @Override
        public String toString() {
            return path + " NOT IN " + list(values);
        }
    }

    /** A field that is there. */
    record Exists(FieldPath path) implements Filter {

        @Override
        public String toString() {
            return "EXISTS " + path;
        }
    }

    /** All of two or more. */
    record And(List<Filter> operands) implements Filter {

        public And {
            operands = atLeastTwo(operands);
        }

        @Override
        public String toString() {
            return operands.stream()
                    .map(operand ->
                            operand instanceof And || operand instanceof Or ? "(" + operand + ")" : "" + operand)
                    .collect(Collectors.joining(" AND "));
        }
    }

    /** One of two or more. */
    record Or(List<Filter> operands) implements Filter {

        public Or {
            operands = atLeastTwo(operands);
        }

        @Override
        public String toString() {
            return operands.stream()
                    .map(operand -> operand instanceof Or ? "(" + operand + ")" : operand.toString())
                    .collect(Collectors.joining(" OR "));
        }
    }

    /** What does not hold. */
    record Not(Filter operand) implements Filter {

        @Override
        public String toString() {
            return "NOT (" + operand + ")";
        }
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException with the position of what is wrong, and never anything else
     */
    static Filter parse(String text) {
        return new FilterParser(text).parse();
    }

    /** The field equals the value; {@code path} in its text form, {@code value} as {@link FilterValue#of} takes it. */
    static Filter eq(String path, Object value) {
        return compare(path, Operator.EQ, value);
    }

    /** The field does not equal the value, or is missing. */
    static Filter ne(String path, Object value) {
        return compare(path, Operator.NE, value);
    }

    /** The field is greater than the value. */
    static Filter gt(String path, Object value) {
        return compare(path, Operator.GT, value);
    }

    /** The field is greater than the value or equal. */
    static Filter ge(String path, Object value) {
        return compare(path, Operator.GE, value);
    }

    /** The field is less than the value. */
    static Filter lt(String path, Object value) {
        return compare(path, Operator.LT, value);
    }

    /** The field is less than the value or equal. */
    static Filter le(String path, Object value) {
        return compare(path, Operator.LE, value);
    }

    private static Filter compare(String path, Operator operator, Object value) {
        return checked(new Compare(FieldPath.parse(path), operator, FilterValue.of(value)));
    }

    /** The field equals one of the values. */
    static Filter in(String path, Object... values) {
        return checked(new In(FieldPath.parse(path), values(values)));
    }

    /** The field equals none of the values, or is missing. */
    static Filter notIn(String path, Object... values) {
        return checked(new NotIn(FieldPath.parse(path), values(values)));
    }

    private static List<FilterValue> values(Object... values) {
        List<FilterValue> result = new ArrayList<>(values.length);
        Arrays.stream(values).map(FilterValue::of).forEach(result::add);
        return result;
    }

    /** The field is there. */
    static Filter exists(String path) {
        return new Exists(FieldPath.parse(path));
    }

    /** All hold; at least two. */
    static Filter and(Filter... operands) {
        return checked(new And(List.of(operands)));
    }

    /** One holds; at least two. */
    static Filter or(Filter... operands) {
        return checked(new Or(List.of(operands)));
    }

    /** It does not hold. */
    static Filter not(Filter operand) {
        return checked(new Not(operand));
    }

    private static Filter checked(Filter filter) {
        if (filter.depth() > MAX_DEPTH || filter.terms() > MAX_TERMS) {
            throw new IllegalArgumentException("filter depth=" + filter.depth() + " terms=" + filter.terms()
                    + ", allowed: depth 1.." + MAX_DEPTH + " and 1.." + MAX_TERMS + " terms");
        }
        return filter;
    }

    /** Levels of the tree, 1 for a single comparison. */
    default int depth() {
        return switch (this) {
            case Compare _, In _, NotIn _, Exists _ -> 1;
            case And and -> 1 + deepest(and.operands);
            case Or or -> 1 + deepest(or.operands);
            case Not not -> 1 + not.operand.depth();
        };
    }

    private static int deepest(List<Filter> operands) {
        return operands.stream().mapToInt(Filter::depth).max().orElse(0);
    }

    /** Comparisons and values in the tree. */
    default int terms() {
        return switch (this) {
            case Compare _, Exists _ -> 1;
            case In in -> in.values.size();
            case NotIn notIn -> notIn.values.size();
            case And and -> and.operands.stream().mapToInt(Filter::terms).sum();
            case Or or -> or.operands.stream().mapToInt(Filter::terms).sum();
            case Not not -> not.operand.terms();
        };
    }

    private static List<Filter> atLeastTwo(List<Filter> operands) {
        if (operands.size() < 2) {
            throw new IllegalArgumentException("operands=" + operands.size() + ", allowed: at least 2");
        }
        return List.copyOf(operands);
    }

    private static String list(List<FilterValue> values) {
        return values.stream().map(FilterValue::toString).collect(Collectors.joining(", ", "(", ")"));
    }
}
