package io.vexel.collection.store;

import io.vexel.base.CapacityException;
import io.vexel.base.Deadline;
import io.vexel.base.TimeSource;
import io.vexel.collection.indexing.IndexKeeper;
import io.vexel.collection.payload.PayloadIndexes;
import io.vexel.memory.MemoryBudget;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What the collections of a volume have in memory that is derived from what is stored, and gives way when somebody is refused memory without which nothing can be
 * stored: ids, and the blocks of a transaction. Caches were asked by then, since every reservation asks them.
 *
 * <pre>
 *   refused ──> chunks of vectors ──> payload indexes ──> a moment passes ──> full rows of a graph become small ──┐
 *                          the error <── an index leaves memory <── the loading of an index is given up <───────┘
 *               (each: give, try again; of several collections the least that is enough, else the one that has most)
 * </pre>
 *
 * <p>The thread that was refused does that itself, outside of its locks: it waits for whoever works on what it wants to have given up, until one deadline for all of
 * them.
 */
final class DerivedMemory {

    /** How long one write waits for others, all of them together. What it asks last is asked all the same when that is over, and must give at once. */
    private static final long PATIENCE_MILLIS = 4_000;

    /** How long it is worth waiting for others to give memory back by themselves, before an index gives way that takes longer than that to be loaded again. */
    private static final long PASSING_MILLIS = 500;

    private static final long LOOK_NANOS = 5_000_000;

    private final MemoryBudget budget;
    private final ChunkMemory chunks;
    private final TimeSource time;
    private final List<Holder> holders = new CopyOnWriteArrayList<>();

    DerivedMemory(MemoryBudget budget, ChunkMemory chunks) {
        this(budget, chunks, TimeSource.SYSTEM);
    }

    /** @param time for tests: when who waits has waited long enough */
    DerivedMemory(MemoryBudget budget, ChunkMemory chunks, TimeSource time) {
        this.budget = budget;
        this.chunks = chunks;
        this.time = time;
    }

    /** Something that gives way. */
    interface Part {

        /** About how many bytes it would give. */
        long bytes();

        /**
         * Has it do so.
         *
         * @param relieved whether others have given enough meanwhile
         * @param deadline until when it may wait for others
         * @return false when it gave nothing
         */
        boolean giveWay(CapacityException refused, BooleanSupplier relieved, Deadline deadline);
    }

    /**
     * What a collection has.
     *
     * @param rows what its index has of rows, and could do without
     * @param loading an index that is being loaded
     * @param index all of one that is in memory
     */
    record Holder(Part payloadIndexes, Part rows, Part loading, Part index) {

        /** @param open does something unless the collection is being closed; then the answer is false */
        static Holder of(Predicate<BooleanSupplier> open, PayloadIndexes payloadIndexes, IndexKeeper index) {
            return new Holder(
                    new OpenPart(
                            open,
                            () -> payloadIndexes.statistics().bytes(),
                            (refused, _, deadline) -> payloadIndexes.giveWay(refused, deadline)),
                    new OpenPart(open, index::sparableBytes, (_, _, deadline) -> index.narrow(deadline)),
                    new OpenPart(
                            open, index::loadingBytes, (refused, _, deadline) -> index.stopLoading(refused, deadline)),
                    new OpenPart(open, index::memoryBytes, index::leaveMemory));
        }
    }

    private record OpenPart(Predicate<BooleanSupplier> open, LongSupplier counted, Way way) implements Part {

        private interface Way {
            boolean giveWay(CapacityException refused, BooleanSupplier relieved, Deadline deadline);
        }

        @Override
        public long bytes() {
            long[] bytes = new long[1];
            boolean _ = open.test(() -> {
                bytes[0] = counted.getAsLong();
                return true;
            });
            return bytes[0];
        }

        @Override
        public boolean giveWay(CapacityException refused, BooleanSupplier relieved, Deadline deadline) {
            return open.test(() -> way.giveWay(refused, relieved, deadline));
        }
    }

    /** The cheapest first. */
    private static final List<Function<Holder, Part>> STEPS =
            List.of(Holder::payloadIndexes, Holder::rows, Holder::loading, Holder::index);

    /** The first of those that change an index. */
    private static final int FIRST_OF_INDEX = 1;

    void add(Holder holder) {
        holders.add(holder);
    }

    /** Who begins to ask does not ask it any more. */
    void remove(Holder holder) {
        holders.remove(holder);
    }

    /**
     * Does something that cannot do without memory; when it is refused, again as long as something has given way. By a thread that holds no lock but the catalog's,
     * and reads no rows.
     *
     * @param work changes nothing when it is refused
     * @throws CapacityException when nothing is left that could help
     */
    <T> T retrying(Supplier<T> work) {
        try {
            return work.get();
        } catch (CapacityException e) {
            return new Request().retry(work, e);
        }
    }

    /** Of one thread: whoever was asked is not asked again for the same. */
    private final class Request {

        private final Deadline deadline = Deadline.in(PATIENCE_MILLIS, time);
        private CapacityException refused = new CapacityException("memory budget bytes", 0, 0);
        /** What was to be had just after it was refused. */
        private long toBeHad;

        private boolean chunksAsked;
        private int step;
        private final List<Part> asked = new ArrayList<>();

        <T> T retry(Supplier<T> work, CapacityException first) {
            note(first);
            while (refused.isAboutMemory() && giveWay()) {
                try {
                    return work.get();
                } catch (CapacityException e) {
                    note(e);
                }
            }
            throw refused;
        }

        private void note(CapacityException e) {
            refused = e;
            toBeHad = budget.obtainableBytes();
        }

        /** Whether others have given what was refused: several are refused at a time, and one that gives way may be enough for all. */
        private boolean isRelieved() {
            long now = budget.obtainableBytes();
            return now >= refused.requested() && now > toBeHad;
        }

        /** Has something give way; false when there is nothing more. */
        private boolean giveWay() {
            if (!chunksAsked) {
                chunksAsked = true;
                if (chunks.awaitRelief(refused, deadline.half())) {
                    return true;
                }
            }
            if (missing() > sum(Holder::payloadIndexes) + indexBytes()) {
                // All of it would be given up for nothing.
                return false;
            }
            while (step < STEPS.size()) {
                Optional<Part> next = next(STEPS.get(step));
                if (next.isPresent()) {
                    asked.add(next.get());
                    // Once for each that is asked, so that what comes and goes has nobody try for ever.
                    if (isRelieved() || hasGivenWay(next.get()) || isRelieved()) {
                        return true;
                    }
                } else {
                    step++;
                    asked.clear();
                    if (step == FIRST_OF_INDEX && indexBytes() > 0 && awaitPassing()) {
                        return true;
                    }
                }
            }
            return false;
        }

        /** Each waits for half of the time that is left, so that one who is busy leaves some for the others. */
        private boolean hasGivenWay(Part part) {
            return part.giveWay(refused, this::isRelieved, deadline.half());
        }

        /** Bytes that are missing when caches gave all that they say they could. */
        private long missing() {
            return Math.max(1, refused.requested() - budget.obtainableBytes());
        }

        /** Who gives least of those that have enough, or most where nobody has. */
        private Optional<Part> next(Function<Holder, Part> kind) {
            List<Part> left = holders.stream()
                    .map(kind)
                    .filter(part -> !asked.contains(part) && part.bytes() > 0)
                    .toList();
            long missing = missing();
            return left.stream()
                    .filter(part -> part.bytes() >= missing)
                    .min(Comparator.comparingLong(Part::bytes))
                    .or(() -> left.stream().max(Comparator.comparingLong(Part::bytes)));
        }

        private long indexBytes() {
            return sum(Holder::loading) + sum(Holder::index);
        }

        private long sum(Function<Holder, Part> kind) {
            return holders.stream().map(kind).mapToLong(Part::bytes).sum();
        }

        /** Whether there is so much memory, now or soon, as was refused: others may have had it for a moment only. */
        private boolean awaitPassing() {
            Deadline passing = deadline.half().within(PASSING_MILLIS);
            boolean passed = budget.obtainableBytes() >= refused.requested();
            while (!passed
                    && passing.leftMillis() > 0
                    && !Thread.currentThread().isInterrupted()) {
                LockSupport.parkNanos(LOOK_NANOS);
                passed = budget.obtainableBytes() >= refused.requested();
            }
            return passed;
        }
    }
}
