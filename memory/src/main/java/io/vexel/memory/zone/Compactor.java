package io.vexel.memory.zone;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Empties groups of 2 MiB whose blocks can all be moved, beginning with those that have the fewest, so that free pages come together. The
 * groups chosen are isolated first, so that neither an allocation nor a block that is moved fills them again; each block is then moved with
 * no lock held, by its owner; at last the groups go back, empty or not.
 */
final class Compactor {

    private static final int GROUP_PAGES = 1 << Zone.HUGE_ORDER;

    /** So many groups are out of reach at once, at most. */
    private static final int MOST_GROUPS = 16;

    private final PageAllocator allocator;
    private final Zone zone;

    private record Candidate(int group, int usedPages) {}

    Compactor(PageAllocator allocator, Zone zone) {
        this.allocator = allocator;
        this.zone = zone;
    }

    /**
     * Empties groups, as long as that leaves more of them free: blocks that find no hole of their size break a free group.
     *
     * @param wanted how many more are to be free, at most
     * @return how many more are free, as far as this did it
     */
    int run(int wanted) {
        int gained = 0;
        while (gained < wanted) {
            int before = freeGroups();
            empty(choose(Math.min(wanted - gained, MOST_GROUPS)));
            int now = freeGroups() - before;
            if (now <= 0) {
                break;
            }
            gained += now;
        }
        return gained;
    }

    private int freeGroups() {
        zone.lock().lock();
        try {
            return zone.buddy().freeGroups();
        } finally {
            zone.lock().unlock();
        }
    }

    private List<Candidate> choose(int wanted) {
        List<Candidate> candidates = new ArrayList<>();
        int groups = zone.place.pages() / GROUP_PAGES;
        for (int group = 0; group < groups; group++) {
            int used = usedPages(group);
            if (used > 0) {
                candidates.add(new Candidate(group, used));
            }
        }
        candidates.sort(Comparator.comparingInt(Candidate::usedPages));
        return candidates.subList(0, Math.min(wanted, fitting(candidates)));
    }

    /** How many of the first candidates fit into the free pages of the others: no empty group is to be begun for them. */
    private static int fitting(List<Candidate> candidates) {
        int holes = candidates.stream()
                .mapToInt(candidate -> GROUP_PAGES - candidate.usedPages)
                .sum();
        int used = 0;
        int count = 0;
        for (Candidate candidate : candidates) {
            used += candidate.usedPages;
            holes -= GROUP_PAGES - candidate.usedPages;
            if (used > holes) {
                break;
            }
            count++;
        }
        return count;
    }

    private int usedPages(int group) {
        zone.lock().lock();
        try {
            return usedPagesLocked(group);
        } finally {
            zone.lock().unlock();
        }
    }

    /** Pages in use when all blocks of the group can be moved and some of it is free; else 0. */
    private int usedPagesLocked(int group) {
        PageWords words = zone.buddy().words();
        int first = group * GROUP_PAGES;
        int used = 0;
        for (int page = first; page < first + GROUP_PAGES; ) {
            int word = words.get(page);
            int size = 1 << PageWords.order(word);
            switch (PageWords.state(word)) {
                case PageWords.FREE -> page += size;
                case PageWords.USED -> {
                    if (!allocator.isMovable(PageWords.owner(word))) {
                        return 0;
                    }
                    used += size;
                    page += size;
                }
                default -> {
                    // In a hot list, absent, or inside a block that is larger than a group.
                    return 0;
                }
            }
        }
        return used < GROUP_PAGES && !zone.buddy().isIsolated(first) ? used : 0;
    }

    private void empty(List<Candidate> chosen) {
        List<Candidate> isolated = new ArrayList<>();
        for (Candidate candidate : chosen) {
            if (isolate(candidate)) {
                isolated.add(candidate);
            }
        }
        try {
            isolated.forEach(candidate -> moveAll(candidate.group * GROUP_PAGES));
        } finally {
            // A mover that fails must not keep free pages out of reach.
            isolated.forEach(this::restore);
        }
    }

    private void restore(Candidate candidate) {
        zone.lock().lock();
        try {
            zone.buddy().restore(candidate.group, Mobility.MOVABLE);
        } finally {
            zone.lock().unlock();
        }
    }

    /** Isolates the group, unless emptying it would need the pages that are kept back, or it has changed. */
    private boolean isolate(Candidate candidate) {
        zone.lock().lock();
        try {
            Buddy buddy = zone.buddy();
            if (!zone.canSpare(GROUP_PAGES) || usedPagesLocked(candidate.group) == 0) {
                return false;
            }
            buddy.isolate(candidate.group);
            return true;
        } finally {
            zone.lock().unlock();
        }
    }

    private void moveAll(int first) {
        PageWords words = zone.buddy().words();
        for (int page = first; page < first + GROUP_PAGES; ) {
            int word = words.getAcquire(page);
            int order = PageWords.order(word);
            switch (PageWords.state(word)) {
                case PageWords.USED -> {
                    move(page, word);
                    page += 1 << order;
                }
                case PageWords.FREE -> page += 1 << order;
                // Freed by another thread in this moment.
                default -> page++;
            }
        }
    }

    private void move(int unit, int word) {
        int order = PageWords.order(word);
        int owner = PageWords.owner(word);
        long target;
        zone.lock().lock();
        try {
            target = zone.takeTarget(order, owner);
        } finally {
            zone.lock().unlock();
        }
        if (target == PageHandle.NONE) {
            return;
        }
        int page = zone.place.firstPage() + unit;
        long source = PageHandle.of(page, PageWords.generation(word));
        boolean moved = false;
        try {
            moved = allocator.mover(owner).move(source, target);
        } finally {
            allocator.freeCopied(moved ? source : target);
        }
        if (moved) {
            zone.moved();
        }
    }
}
