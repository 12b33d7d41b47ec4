package io.vexel.index;

import java.util.Locale;

/** The kinds of index a collection can have. */
public enum IndexKind {
    /** None: every row is compared. */
    FLAT,
    /** A flat proximity graph over quantized vectors. */
    GRAPH,
    /** Hierarchical navigable small world graph. */
    HNSW,
    /** Locality-sensitive hashing. */
    LSH;

    /** The name on the command line and in stored schemas. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The kind of that name; case does not matter.
     *
     * @throws IllegalArgumentException naming the text when it is none
     */
    public static IndexKind parse(String text) {
        for (IndexKind kind : values()) {
            if (kind.label().equals(text.toLowerCase(Locale.ROOT))) {
                return kind;
            }
        }
        throw new IllegalArgumentException("kind=" + text + ", allowed: flat, graph, hnsw, lsh");
    }
}
