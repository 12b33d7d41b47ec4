package io.vexel.distance;

import java.util.Locale;

/**
 * How far apart two vectors are. For every metric, smaller is nearer.
 *
 * <p>A search compares <em>keys</em>, floats that are in the order of the distances and cheaper to get: the square of the
 * Euclidean distance, and the distance itself for all others. {@link #distance(float)} turns a key into a distance; it is
 * strictly increasing, so sorting by key and sorting by distance agree, ties included.
 */
public enum Metric {
    /** Euclidean distance; the key is its square. */
    L2("l2"),
    /** One minus the cosine of the angle, 0..2. A vector of length zero is at distance 1 from everything. */
    COSINE("cosine"),
    /** The negated inner product. */
    DOT("dot"),
    /** The sum of absolute differences. */
    L1("l1"),
    /** The number of differing bits. */
    HAMMING("hamming"),
    /** One minus the size of the intersection over that of the union of the sets of set bits, 0..1; two empty sets are at distance 0. */
    JACCARD("jaccard");

    private final String label;

    Metric(String label) {
        this.label = label;
    }

    /** The name on the command line and in stored schemas. */
    public String label() {
        return label;
    }

    /** Whether this metric is defined on rows of that element type: bits for hamming and jaccard, floats of any size for all others. */
    public boolean allows(ElementType type) {
        return type.isFloat() != ofBits();
    }

    /** The element type of a collection that says nothing else: bit for hamming and jaccard, f32 for all others. */
    public ElementType defaultElementType() {
        return ofBits() ? ElementType.BIT : ElementType.FLOAT32;
    }

    private boolean ofBits() {
        return this == HAMMING || this == JACCARD;
    }

    /**
     * The metric of that name: a {@link #label()} or one of euclidean, manhattan, ip; case does not matter.
     *
     * @throws IllegalArgumentException naming the text when it is no metric
     */
    public static Metric parse(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "l2", "euclidean" -> L2;
            case "cosine" -> COSINE;
            case "dot", "ip" -> DOT;
            case "l1", "manhattan" -> L1;
            case "hamming" -> HAMMING;
            case "jaccard" -> JACCARD;
            default ->
                throw new IllegalArgumentException("metric=" + text
                        + ", allowed: l2 (euclidean), cosine, dot (ip), l1 (manhattan), hamming, jaccard");
        };
    }

    /** The distance that belongs to a key. Exactly rounded, hence strictly increasing in the key. */
    public double distance(float key) {
        return this == L2 ? Math.sqrt(key) : key;
    }

    /**
     * The largest key whose distance is at most {@code radius}; negative infinity when no key qualifies.
     *
     * @param radius a distance, not NaN
     */
    public float largestKeyWithin(double radius) {
        if (Double.isNaN(radius)) {
            throw new IllegalArgumentException("radius=NaN, allowed: any other number");
        }
        if (this == L2 && radius < 0) {
            return Float.NEGATIVE_INFINITY;
        }
        float key = (float) (this == L2 ? radius * radius : radius);
        while (distance(key) > radius) {
            key = Math.nextDown(key);
        }
        while (key < Float.POSITIVE_INFINITY && distance(Math.nextUp(key)) <= radius) {
            key = Math.nextUp(key);
        }
        return key;
    }
}
