package io.vexel.paging.space;

import io.vexel.paging.compression.CompressedStore;
import io.vexel.paging.swap.SwapArea;
import java.util.Optional;

/**
 * Where anonymous pages go from memory: compressed first, and to swap when they do not become small, or when there is no room. Their pages are as
 * long as the pager's; each belongs to one pager, which does not close it.
 */
public record PageTiers(Optional<CompressedStore> compressed, Optional<SwapArea> swap) {

    /** Nowhere: anonymous pages stay in memory. */
    public static PageTiers none() {
        return new PageTiers(Optional.empty(), Optional.empty());
    }

    /** To swap. */
    public static PageTiers swap(SwapArea area) {
        return new PageTiers(Optional.empty(), Optional.of(area));
    }
}
