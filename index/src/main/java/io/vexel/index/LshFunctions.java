package io.vexel.index;

/** A family of functions that give near vectors equal values more often than far ones. Immutable. */
sealed interface LshFunctions extends AutoCloseable permits LshProjections, LshBits, LshMinHashes {

    /** The functions for a metric. */
    static LshFunctions of(LshSpec spec, IndexContext context, float scale) {
        return switch (context.metric()) {
            case L2, COSINE, DOT, L1 -> new LshProjections(spec, context, scale);
            case HAMMING -> new LshBits(spec, context.dimension());
            case JACCARD -> new LshMinHashes(spec, context.dimension());
        };
    }

    /** The values for a row. */
    void ofRow(RowScorer row, LshSignature signature);

    /** The values for a query; they differ from a row's only where metric and family do not match. */
    default void ofQuery(RowScorer query, LshSignature signature) {
        ofRow(query, signature);
    }

    long memoryBytes();

    @Override
    void close();
}
