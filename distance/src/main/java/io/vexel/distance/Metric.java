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
    L2("l2", ElementType.FLOAT32),
    /** One minus the cosine of the angle, 0..2. A vector of length zero is at distance 1 from everything. */
    COSINE("cosine", ElementType.FLOAT32),
    /** The negated inner product. */
    DOT("dot", ElementType.FLOAT32),
    /** The sum of absolute differences. */
    L1("l1", ElementType.FLOAT32),
    /** The number of differing bits. */
    HAMMING("hamming", ElementType.BIT),
    /** One minus the size of the intersection over that of the union of the sets of set bits, 0..1; two empty sets are at distance 0. */
    JACCARD("jaccard", ElementType.BIT);

    private final String label;
    private final ElementType elementType;

    Metric(String label, ElementType elementType) {
        this.label = label;
        this.elementType = elementType;
    }

    /** The name on the command line and in stored schemas. */
    public String label() {
        return label;
    }

    /** The one element type this metric is defined on. */
    public ElementType elementType() {
        return elementType;
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
