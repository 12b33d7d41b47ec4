package io.vexel.index;

import java.util.List;

/** What an LSH index is made of. */
record LshParts(
        LshSpec spec,
        LshFunctions functions,
        float scale,
        LshRows rows,
        List<LshTable> tables,
        EpochPool<LshContext> searches) {}
