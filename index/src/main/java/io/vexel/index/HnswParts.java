package io.vexel.index;

/** What an HNSW index is made of. */
record HnswParts(
        HnswSpec spec,
        HnswGraph graph,
        HnswEntry entry,
        HnswSearch search,
        HnswLinker linker,
        EpochPool<HnswContext> searches) {}
