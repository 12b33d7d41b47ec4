package io.vexel.paging.replacement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** The policies as a textbook has them, over pages, with collections and without regard to speed. */
final class NaivePolicies {

    /** Asks for a page and gives the one that left, or -1. */
    interface Naive {
        long access(long page);
    }

    private NaivePolicies() {}

    static Naive of(PolicyKind kind, int frames) {
        return switch (kind) {
            case LRU -> new Lru(frames);
            case LFU -> new Lfu(frames);
            case CLOCK -> new Clock(frames);
            case WORKING_SET -> new WorkingSet(frames);
            case ARC -> new Arc(frames);
            case SKETCH_CLOCK -> throw new IllegalArgumentException("no textbook has it");
        };
    }

    private record Lru(int frames, LinkedHashSet<Long> pages) implements Naive {
        Lru(int frames) {
            this(frames, new LinkedHashSet<>());
        }

        @Override
        public long access(long page) {
            if (pages.remove(page)) {
                pages.add(page);
                return -1;
            }
            long left = pages.size() == frames ? pages.removeFirst() : -1;
            pages.add(page);
            return left;
        }
    }

    private static final class Lfu implements Naive {
        private record Use(int count, long time) {}

        private final int frames;
        private final Map<Long, Use> uses = new LinkedHashMap<>();
        private long time;

        Lfu(int frames) {
            this.frames = frames;
        }

        @Override
        public long access(long page) {
            time++;
            Use known = uses.get(page);
            if (known != null) {
                uses.put(page, new Use(Math.min(LfuPolicy.MOST_USES, known.count + 1), time));
                return -1;
            }
            long left = -1;
            if (uses.size() == frames) {
                left = uses.entrySet().stream()
                        .min(Comparator.comparingInt((Map.Entry<Long, Use> entry) -> entry.getValue().count)
                                .thenComparingLong(entry -> entry.getValue().time))
                        .orElseThrow()
                        .getKey();
                uses.remove(left);
            }
            uses.put(page, new Use(1, time));
            return left;
        }
    }

    /** Second chance as a queue: who was referenced goes to its end. */
    private static final class Clock implements Naive {
        private final int frames;
        private final LinkedHashMap<Long, Boolean> queue = new LinkedHashMap<>();

        Clock(int frames) {
            this.frames = frames;
        }

        @Override
        public long access(long page) {
            if (queue.containsKey(page)) {
                queue.put(page, true);
                return -1;
            }
            long left = -1;
            while (queue.size() == frames) {
                Map.Entry<Long, Boolean> first = queue.pollFirstEntry();
                if (first.getValue()) {
                    queue.put(first.getKey(), false);
                } else {
                    left = first.getKey();
                }
            }
            queue.put(page, true);
            return left;
        }
    }

    private static final class WorkingSet implements Naive {
        private static final class Entry {
            private final long page;
            private boolean referenced;
            private long lastUse;

            private Entry(long page, long lastUse) {
                this.page = page;
                this.lastUse = lastUse;
            }
        }

        private final int frames;
        private final List<Entry> ring = new ArrayList<>();
        private int hand;
        private long now;

        WorkingSet(int frames) {
            this.frames = frames;
        }

        @Override
        public long access(long page) {
            for (Entry entry : ring) {
                if (entry.page == page) {
                    entry.referenced = true;
                    return -1;
                }
            }
            if (ring.size() < frames) {
                ring.add(new Entry(page, ++now));
                return -1;
            }
            int victim = -1;
            for (int step = 0; step < frames; step++) {
                int at = hand;
                hand = (hand + 1) % frames;
                Entry entry = ring.get(at);
                if (entry.referenced) {
                    entry.referenced = false;
                    entry.lastUse = now;
                }
                if (victim < 0 || entry.lastUse < ring.get(victim).lastUse) {
                    victim = at;
                }
                if (now - entry.lastUse > frames) {
                    break;
                }
            }
            long left = ring.get(victim).page;
            ring.set(victim, new Entry(page, ++now));
            return left;
        }
    }

    /** Figure 4 of the paper, case by case; the first of a set is its least recently used. */
    private static final class Arc implements Naive {
        private final int frames;
        private final LinkedHashSet<Long> t1 = new LinkedHashSet<>();
        private final LinkedHashSet<Long> t2 = new LinkedHashSet<>();
        private final LinkedHashSet<Long> b1 = new LinkedHashSet<>();
        private final LinkedHashSet<Long> b2 = new LinkedHashSet<>();
        private int p;

        Arc(int frames) {
            this.frames = frames;
        }

        @Override
        public long access(long page) {
            if (t1.remove(page) || t2.remove(page)) {
                t2.add(page);
                return -1;
            }
            long left = -1;
            if (b1.contains(page)) {
                p = Math.min(frames, p + Math.max(1, b2.size() / b1.size()));
                left = replace(false);
                b1.remove(page);
                t2.add(page);
            } else if (b2.contains(page)) {
                p = Math.max(0, p - Math.max(1, b1.size() / b2.size()));
                left = replace(true);
                b2.remove(page);
                t2.add(page);
            } else {
                left = miss();
                t1.add(page);
            }
            return left;
        }

        private long miss() {
            if (t1.size() + b1.size() == frames) {
                if (t1.size() < frames) {
                    b1.removeFirst();
                    return replace(false);
                }
                return t1.removeFirst();
            }
            int all = t1.size() + t2.size() + b1.size() + b2.size();
            if (all < frames) {
                return -1;
            }
            if (all == 2 * frames) {
                b2.removeFirst();
            }
            return t1.size() + t2.size() < frames ? -1 : replace(false);
        }

        private long replace(boolean inB2) {
            if (!t1.isEmpty() && (t1.size() > p || (inB2 && t1.size() == p))) {
                long left = t1.removeFirst();
                b1.add(left);
                return left;
            }
            long left = t2.removeFirst();
            b2.add(left);
            return left;
        }
    }
}
