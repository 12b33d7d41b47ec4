package io.vexel.memory.zone;

/** Moves movable blocks of a zone to the zone of another node, one after another, as long as that has room. One at a time. */
final class Migrator {

    private final PageAllocator allocator;
    private final Zone source;
    private final Zone target;

    Migrator(PageAllocator allocator, Zone source, Zone target) {
        this.allocator = allocator;
        this.source = source;
        this.target = target;
    }

    /** Moves at most so many pages, and says how many. A block that is busy stays. */
    long run(long most) {
        PageWords words = source.buddy().words();
        long moved = 0;
        for (int unit = 0; unit < source.place.pages() && moved < most; ) {
            int word = words.getAcquire(unit);
            int state = PageWords.state(word);
            int order = PageWords.order(word);
            if (state == PageWords.USED && allocator.isMovable(PageWords.owner(word)) && 1L << order <= most - moved) {
                long copy = target.takeTarget(
                        order, PageWords.owner(word), target.watermarks().high());
                if (copy == PageHandle.NONE) {
                    break;
                }
                moved += move(unit, word, copy) ? 1L << order : 0;
            }
            // The word may be that of a moment ago, so the next one is looked for where this block would end.
            unit += state == PageWords.USED || state == PageWords.FREE ? 1 << order : 1;
        }
        return moved;
    }

    private boolean move(int unit, int word, long copy) {
        int page = source.place.firstPage() + unit;
        long original = PageHandle.of(page, PageWords.generation(word));
        boolean moved = false;
        try {
            moved = allocator.mover(PageWords.owner(word)).move(original, copy);
        } finally {
            allocator.freeCopied(moved ? original : copy);
        }
        if (moved) {
            source.moved();
        }
        return moved;
    }
}
