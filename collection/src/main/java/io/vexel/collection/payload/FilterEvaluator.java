package io.vexel.collection.payload;

import io.vexel.collection.FieldIndex;
import io.vexel.collection.FieldPath;
import io.vexel.collection.Filter;
import io.vexel.collection.FilterValue;
import java.math.BigDecimal;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import java.util.function.Predicate;
import org.roaringbitmap.RoaringBitmap;

/** Evaluates filters over segments of consecutive rows, as far as the indexes of the collection go. */
final class FilterEvaluator {

    private final List<FieldIndex> fields;
    private final List<Segment> segments;
    private final int from;
    private final int to;

    /** @param segments at least one */
    FilterEvaluator(List<FieldIndex> fields, List<Segment> segments) {
        this.fields = fields;
        this.segments = segments;
        this.from = segments.getFirst().first();
        this.to = segments.getLast().end();
    }

    /** False when no index is on a field of the filter. */
    static boolean canHelp(List<FieldIndex> fields, Filter filter) {
        return switch (filter) {
            case Filter.Compare compare -> isIndexed(fields, compare.path());
            case Filter.In in -> isIndexed(fields, in.path());
            case Filter.NotIn notIn -> isIndexed(fields, notIn.path());
            case Filter.Exists exists -> isIndexed(fields, exists.path());
            case Filter.Not not -> canHelp(fields, not.operand());
            case Filter.And and -> and.operands().stream().anyMatch(operand -> canHelp(fields, operand));
            case Filter.Or or -> or.operands().stream().anyMatch(operand -> canHelp(fields, operand));
        };
    }

    private static boolean isIndexed(List<FieldIndex> fields, FieldPath path) {
        return fields.stream()
                .anyMatch(field ->
                        field.kind() != FieldIndex.Kind.TEXT && field.path().equals(path));
    }

    /** What the indexes know about the rows of the segments. */
    Bounds evaluate(Filter filter) {
        return switch (filter) {
            case Filter.Compare compare
            when compare.operator() == Filter.Operator.NE ->
                equalTo(compare.path(), List.of(compare.value())).not(from, to);
            case Filter.Compare compare
            when compare.operator() == Filter.Operator.EQ -> equalTo(compare.path(), List.of(compare.value()));
            case Filter.Compare compare -> ordered(compare);
            case Filter.In in -> equalTo(in.path(), in.values());
            case Filter.NotIn notIn -> equalTo(notIn.path(), notIn.values()).not(from, to);
            case Filter.Exists exists -> present(exists.path());
            case Filter.Not not -> evaluate(not.operand()).not(from, to);
            case Filter.And and -> combine(and.operands(), Bounds::and);
            case Filter.Or or -> combine(or.operands(), Bounds::or);
        };
    }

    private Bounds combine(List<Filter> operands, BinaryOperator<Bounds> how) {
        return operands.stream().map(this::evaluate).reduce(how).orElseThrow();
    }

    private Bounds equalTo(FieldPath path, List<FilterValue> values) {
        OptionalInt keyword = index(path, FieldIndex.Kind.KEYWORD);
        if (keyword.isPresent()) {
            List<Object> keys = values.stream().map(ScalarKey::of).toList();
            return exact(
                    keyword.getAsInt(),
                    (part, target) -> keys.forEach(key -> keyword(part).equalTo(key, target)));
        }
        OptionalInt range = index(path, FieldIndex.Kind.RANGE);
        boolean numbers = values.stream().allMatch(FilterValue.Numeric.class::isInstance);
        if (range.isPresent() && numbers) {
            List<BigDecimal> bounds = values.stream()
                    .map(value -> ((FilterValue.Numeric) value).value())
                    .toList();
            return exact(
                    range.getAsInt(),
                    (part, target) ->
                            bounds.forEach(bound -> ((RangePart) part).matching(Filter.Operator.EQ, bound, target)));
        }
        return Bounds.unknown(from, to);
    }

    private Bounds ordered(Filter.Compare compare) {
        OptionalInt range = index(compare.path(), FieldIndex.Kind.RANGE);
        if (range.isPresent() && compare.value() instanceof FilterValue.Numeric number) {
            return exact(
                    range.getAsInt(),
                    (part, target) -> ((RangePart) part).matching(compare.operator(), number.value(), target));
        }
        OptionalInt keyword = index(compare.path(), FieldIndex.Kind.KEYWORD);
        if (keyword.isPresent()) {
            Predicate<Object> condition = condition(compare);
            return exact(keyword.getAsInt(), (part, target) -> keyword(part).matching(condition, target));
        }
        return Bounds.unknown(from, to);
    }

    private static Predicate<Object> condition(Filter.Compare compare) {
        return switch (compare.value()) {
            case FilterValue.Numeric number ->
                key -> key instanceof BigDecimal decimal
                        && compare.operator().holdsFor(decimal.compareTo(number.value()));
            case FilterValue.Text text ->
                key -> key instanceof String string
                        && compare.operator().holdsFor(ScalarKey.compareTexts(string, text.value()));
            case FilterValue.Bool _, FilterValue.Null _ ->
                throw new IllegalArgumentException("value=" + compare.value() + ", allowed: a number or a text");
        };
    }

    private Bounds present(FieldPath path) {
        OptionalInt keyword = index(path, FieldIndex.Kind.KEYWORD);
        if (keyword.isPresent()) {
            return exact(
                    keyword.getAsInt(),
                    (part, target) -> target.or(keyword(part).present()));
        }
        OptionalInt range = index(path, FieldIndex.Kind.RANGE);
        return range.isPresent()
                ? exact(range.getAsInt(), (part, target) -> target.or(((RangePart) part).present()))
                : Bounds.unknown(from, to);
    }

    private static KeywordPart keyword(FieldPart part) {
        return (KeywordPart) part;
    }

    private OptionalInt index(FieldPath path, FieldIndex.Kind kind) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).kind() == kind && fields.get(i).path().equals(path)) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    private Bounds exact(int part, BiConsumer<FieldPart, RoaringBitmap> collect) {
        RoaringBitmap rows = new RoaringBitmap();
        for (Segment segment : segments) {
            collect.accept(segment.parts().get(part), rows);
        }
        return Bounds.exact(rows);
    }
}
