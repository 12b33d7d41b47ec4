package io.vexel.collection;

import io.vexel.base.Checks;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a collection is. All but the payload indexes is fixed for its life.
 *
 * @param name 1..255 UTF-8 bytes without '/', NUL and other control characters, and not "." or ".."
 * @param dimension components of every vector, 1..4096
 * @param metric how vectors are compared
 * @param elementType what the components are stored as: bits exactly for hamming and jaccard, floats of 32 or 16 bits for all other metrics
 * @param indexes payload indexes that are kept, at most {@value FieldIndex#MAX_INDEXES}, each once
 */
public record CollectionSpec(
        String name, int dimension, Metric metric, ElementType elementType, List<FieldIndex> indexes) {

    /** Most UTF-8 bytes of a name. */
    public static final int MAX_NAME_BYTES = 255;

    public CollectionSpec {
        checkName(name);
        Checks.inRange("dimension", dimension, 1, ElementType.MAX_DIMENSION);
        Checks.argument(
                metric.allows(elementType),
                "elementType=" + elementType + ", allowed: "
                        + (metric.allows(ElementType.BIT) ? "BIT" : "FLOAT32, FLOAT16, BFLOAT16") + " for metric "
                        + metric.label());
        indexes = FieldIndex.checkAll(indexes);
    }

    /** A collection without payload indexes. */
    public CollectionSpec(String name, int dimension, Metric metric, ElementType elementType) {
        this(name, dimension, metric, elementType, List.of());
    }

    /** A collection of the metric's default element type: bits for hamming and jaccard, 32-bit floats for all others. */
    public CollectionSpec(String name, int dimension, Metric metric) {
        this(name, dimension, metric, metric.defaultElementType());
    }

    /**
     * Starts a specification; the metric is cosine and the element type the metric's default unless others are set, the dimension
     * must be set.
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** The same with these payload indexes and no others. */
    public CollectionSpec withIndexes(List<FieldIndex> those) {
        return new CollectionSpec(name, dimension, metric, elementType, those);
    }

    /** Bytes of a stored vector. */
    public int rowBytes() {
        return elementType.rowBytes(dimension);
    }

    /**
     * Returns the name when a collection may have it.
     *
     * @throws IllegalArgumentException when not, saying why
     */
    public static String checkName(String name) {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        boolean sized = bytes >= 1 && bytes <= MAX_NAME_BYTES;
        boolean clean = name.chars().noneMatch(c -> c == '/' || Character.isISOControl(c));
        boolean encodable = StrictUtf8.unpairedSurrogate(name) < 0;
        if (!sized || !clean || !encodable || name.equals(".") || name.equals("..")) {
            String shown = name.length() > 40 ? name.substring(0, 40) + "..." : name;
            throw new IllegalArgumentException("name=" + QuotedText.quote(shown) + " with " + bytes
                    + " UTF-8 bytes, allowed: 1.." + MAX_NAME_BYTES
                    + " bytes without '/' and control characters, not \".\" or \"..\"");
        }
        return name;
    }

    /** Collects the parts of a specification. */
    public static final class Builder {

        private final String name;
        private int dimension;
        private Metric metric = Metric.COSINE;
        private Optional<ElementType> elementType = Optional.empty();
        private final List<FieldIndex> indexes = new ArrayList<>();

        private Builder(String name) {
            this.name = name;
        }

        /** Components of every vector, 1..4096. */
        public Builder dimension(int components) {
            dimension = components;
            return this;
        }

        /** How vectors are compared. */
        public Builder metric(Metric value) {
            metric = value;
            return this;
        }

        /** What components are stored as; floats of 16 bits are rounded to the nearest when they are stored. */
        public Builder elementType(ElementType value) {
            elementType = Optional.of(value);
            return this;
        }

        /** Keeps an index for equality with values of the field; {@code path} in its text form. */
        public Builder keywordIndex(String path) {
            return index(new FieldIndex(FieldPath.parse(path), FieldIndex.Kind.KEYWORD));
        }

        /** Keeps an index for comparisons of the field with numbers. */
        public Builder rangeIndex(String path) {
            return index(new FieldIndex(FieldPath.parse(path), FieldIndex.Kind.RANGE));
        }

        /** Keeps an index of the words in the field's texts. */
        public Builder textIndex(String path) {
            return index(new FieldIndex(FieldPath.parse(path), FieldIndex.Kind.TEXT));
        }

        /** Keeps a payload index. */
        public Builder index(FieldIndex index) {
            indexes.add(index);
            return this;
        }

        /** @throws IllegalArgumentException when a part is not allowed, or the element type not for the metric */
        public CollectionSpec build() {
            return new CollectionSpec(
                    name, dimension, metric, elementType.orElseGet(metric::defaultElementType), indexes);
        }
    }
}
