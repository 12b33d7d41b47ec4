package io.vexel.index;

import java.util.List;

/** What an LSH index is made of. */
record LshParts(
        LshSpec spec,
        LshFunctions functions,
        float scale,
        LshRows rows,
        List<LshTable> tables,
        EpochPool<LshContext> searches) {

    /** Computes the hashes of a row, by the native address of its elements, into a context. */
    void hash(LshContext mine, long row) {
        mine.target.aim(row);
        functions.ofRow(mine.target, mine.signature);
        mine.probes.hashes(mine.signature, mine.hashes);
    }
}
