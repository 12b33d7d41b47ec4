package io.vexel.collection;

import io.vexel.base.Checks;
import io.vexel.distance.ElementType;
import io.vexel.distance.Metric;
import java.nio.charset.StandardCharsets;

/**
 * What a collection is, fixed for its life.
 *
 * @param name 1..255 UTF-8 bytes without '/', NUL and other control characters, and not "." or ".."
 * @param dimension components of every vector, 1..4096
 * @param metric how vectors are compared; it also fixes the element type: bits for hamming and jaccard, 32-bit floats for all others
 */
public record CollectionSpec(String name, int dimension, Metric metric) {

    /** Most UTF-8 bytes of a name. */
    public static final int MAX_NAME_BYTES = 255;

    public CollectionSpec {
        checkName(name);
        Checks.inRange("dimension", dimension, 1, ElementType.MAX_DIMENSION);
    }

    /** Starts a specification; the metric is cosine unless another is set, the dimension must be set. */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /** What the components of the vectors are. */
    public ElementType elementType() {
        return metric.elementType();
    }

    /** Bytes of a stored vector. */
    public int rowBytes() {
        return elementType().rowBytes(dimension);
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

        /** @throws IllegalArgumentException when the name or the dimension is not allowed */
        public CollectionSpec build() {
            return new CollectionSpec(name, dimension, metric);
        }
    }
}
