package io.vexel.paging.replacement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The default policy as its record of decision describes it, over pages, with lists, sets, and exact counts of every page that ever was, without regard to
 * speed. It knows frames only as the places by which the hand goes.
 */
final class NaiveSketchClock {

    /** What the record says; the same numbers as the policy's, written down a second time. */
    private static final int MOST_TOUCHES = 3;

    private static final int CANDIDATES = 8;
    private static final int LATE_WEIGHT = 4;

    private final List<@Nullable Held> places = new ArrayList<>();
    private final LinkedList<Held> window = new LinkedList<>();
    private final LinkedList<Held> scanned = new LinkedList<>();
    private final Set<Held> main = new HashSet<>();
    private final int windowSize;
    private final int filled;
    private final Counts steady;
    private final Counts late;
    private int hand;

    /** A page that is there, and how often it was asked for since somebody looked. Two are never equal. */
    private static final class Held {
        private final long page;
        private int touches;

        private Held(long page) {
            this.page = page;
        }
    }

    /** How often pages were used, up to 15; all halved after a number of uses. */
    private static final class Counts {
        private final Map<Long, Integer> counts = new HashMap<>();
        private final long period;
        private long uses;

        private Counts(long period) {
            this.period = period;
        }

        private void use(long page) {
            counts.merge(page, 1, (before, one) -> Math.min(15, before + one));
            uses++;
            if (uses == period) {
                counts.replaceAll((_, count) -> count / 2);
                uses = period / 2;
            }
        }

        private int of(long page) {
            return counts.getOrDefault(page, 0);
        }
    }

    /**
     * Of frames of which only the first ones ever hold a page.
     *
     * @param filled how many
     */
    NaiveSketchClock(int frames, int filled) {
        this.filled = filled;
        for (int i = 0; i < frames; i++) {
            places.add(null);
        }
        windowSize = Math.max(1, frames * 5 / 100);
        steady = new Counts(32L * frames);
        late = new Counts(5L * frames);
    }

    /**
     * Asks for a page.
     *
     * @param mayLeave which pages may leave for it
     * @return the page that left, or -1; also when none may
     */
    long access(long page, AccessHint hint, Predicate<Long> mayLeave) {
        for (Held held : places) {
            if (held != null && held.page == page) {
                if (hint == AccessHint.DEMAND) {
                    held.touches = Math.min(MOST_TOUCHES, held.touches + 1);
                }
                return -1;
            }
        }
        int place = places.indexOf(null);
        long left = -1;
        if (place < 0 || place >= filled) {
            Held victim = victim(held -> mayLeave.test(held.page));
            if (victim == null) {
                return -1;
            }
            place = places.indexOf(victim);
            left = victim.page;
            forget(victim);
        }
        enter(new Held(page), place, hint);
        return left;
    }

    /** Takes a page out that is there. */
    void drop(long page) {
        for (Held held : List.copyOf(places.stream()
                .filter(each -> each != null && each.page == page)
                .toList())) {
            forget(held);
        }
    }

    private void forget(Held held) {
        places.set(places.indexOf(held), null);
        window.remove(held);
        scanned.remove(held);
        main.remove(held);
    }

    private void enter(Held held, int place, AccessHint hint) {
        places.set(place, held);
        if (hint == AccessHint.SCAN) {
            scanned.addFirst(held);
            return;
        }
        use(held.page);
        window.addFirst(held);
        if (window.size() > windowSize && window.size() + main.size() < places.size()) {
            look(window.getLast());
            main.add(window.removeLast());
        }
    }

    private void use(long page) {
        steady.use(page);
        late.use(page);
    }

    /** Counts what the page was asked for since the last look, and says whether it was. */
    private boolean look(Held held) {
        boolean touched = held.touches > 0;
        for (; held.touches > 0; held.touches--) {
            use(held.page);
        }
        return touched;
    }

    private int demand(Held held) {
        return steady.of(held.page) + LATE_WEIGHT * Math.max(0, late.of(held.page) - 1);
    }

    /** Pages of scans first, then who is in less demand of the window's oldest and main's coldest. */
    private @Nullable Held victim(Predicate<Held> mayLeave) {
        Held ofScan = oldest(scanned, mayLeave);
        while (ofScan != null && look(ofScan)) {
            // Somebody asked for it meanwhile.
            scanned.remove(ofScan);
            window.addFirst(ofScan);
            ofScan = oldest(scanned, mayLeave);
        }
        if (ofScan != null) {
            return ofScan;
        }
        boolean contest = window.size() >= windowSize || main.isEmpty();
        Held fromWindow = oldest(window, mayLeave);
        Held fromMain = coldest(mayLeave);
        if (fromMain == null || fromWindow == null) {
            return fromMain != null ? fromMain : fromWindow;
        }
        if (!contest) {
            return fromMain;
        }
        look(fromWindow);
        if (demand(fromWindow) <= demand(fromMain)) {
            return fromWindow;
        }
        window.remove(fromWindow);
        main.add(fromWindow);
        return fromMain;
    }

    private static @Nullable Held oldest(LinkedList<Held> list, Predicate<Held> mayLeave) {
        for (Held held : list.reversed()) {
            if (mayLeave.test(held)) {
                return held;
            }
        }
        return null;
    }

    /**
     * Of the next untouched pages that the hand meets, the one that was in least demand then; when all were touched, the last one it met. Of few pages it
     * meets some twice.
     */
    private @Nullable Held coldest(Predicate<Held> mayLeave) {
        List<Untouched> untouched = new ArrayList<>();
        Held met = null;
        for (int step = 0; step < 2 * places.size() && untouched.size() < CANDIDATES; step++) {
            Held held = places.get(hand);
            hand = (hand + 1) % places.size();
            if (held != null && main.contains(held) && mayLeave.test(held)) {
                met = held;
                if (!look(held)) {
                    untouched.add(new Untouched(held, demand(held)));
                }
            }
        }
        return untouched.stream()
                .min(Comparator.comparingInt(Untouched::demand))
                .map(Untouched::held)
                .orElse(met);
    }

    private record Untouched(Held held, int demand) {}
}
