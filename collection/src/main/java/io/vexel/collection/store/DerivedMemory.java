package io.vexel.collection.store;

import io.vexel.base.CapacityException;
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
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * What the collections of a volume have in memory that is derived from what is stored, and gives way when somebody is refused memory without which nothing can be
 * stored: ids, and the blocks of a transaction. Caches were asked by then, since every reservation asks them.
 *
 * <pre>
 *   refused ──> chunks of vectors ──> payload indexes ──> a moment passes ──> full rows of a graph become small ──> an index leaves memory ──> the error
 *                                        (each: give, try again; of several collections the least that is enough, else the one that has most)
 * </pre>
 *
 * <p>The thread that was refused does that itself, outside of its locks: it waits for whoever works on what it wants to have given up, for some time at most.
 */
final class DerivedMemory {

    /** How long it is worth waiting for others to give memory back by themselves, before an index gives way that takes longer than that to be loaded again. */
    private static final long PASSING_NANOS = 500_000_000;

    private static final long LOOK_NANOS = 5_000_000;

    private final MemoryBudget budget;
    private final ChunkMemory chunks;
    private final List<Holder> holders = new CopyOnWriteArrayList<>();

    DerivedMemory(MemoryBudget budget, ChunkMemory chunks) {
        this.budget = budget;
        this.chunks = chunks;
    }

    /**
     * What a collection has.
     *
     * @param open does something unless the collection is being closed; then the answer is false
     */
    record Holder(Predicate<BooleanSupplier> open, PayloadIndexes payloadIndexes, IndexKeeper index) {

        private long payloadIndexBytes() {
            return bytes(() -> payloadIndexes.statistics().bytes());
        }

        private long sparableIndexBytes() {
            return bytes(index::sparableBytes);
        }

        private long indexBytes() {
            return bytes(index::memoryBytes);
        }

        private long bytes(LongSupplier counted) {
            long[] bytes = new long[1];
            boolean _ = open.test(() -> {
                bytes[0] = counted.getAsLong();
                return true;
            });
            return bytes[0];
        }

        private boolean give(BooleanSupplier way) {
            return open.test(way);
        }
    }

    /**
     * Something that gives way.
     *
     * @param bytes how much it would give, about
     * @param give has it do so; false when it gave nothing
     */
    private record Step(ToLongFunction<Holder> bytes, BiPredicate<Holder, Request> give) {}

    /** The cheapest first. */
    private static final List<Step> STEPS = List.of(
            new Step(
                    Holder::payloadIndexBytes,
                    (holder, request) -> holder.give(() -> holder.payloadIndexes.giveWay(request.refused))),
            new Step(Holder::sparableIndexBytes, (holder, _) -> holder.give(holder.index::narrow)),
            new Step(
                    Holder::indexBytes,
                    (holder, request) ->
                            holder.give(() -> holder.index.leaveMemory(request.refused, request::isRelieved))));

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

        private CapacityException refused = new CapacityException("memory budget bytes", 0, 0);
        /** What was to be had just after it was refused. */
        private long toBeHad;

        private boolean chunksAsked;
        private int step;
        private final List<Holder> asked = new ArrayList<>();

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
                if (chunks.awaitRelief(refused)) {
                    return true;
                }
            }
            if (missing() > sum(Holder::payloadIndexBytes) + sum(Holder::indexBytes)) {
                // All of it would be given up for nothing.
                return false;
            }
            while (step < STEPS.size()) {
                Optional<Holder> next = next(STEPS.get(step).bytes);
                if (next.isPresent()) {
                    asked.add(next.get());
                    // Once for each that is asked, so that what comes and goes has nobody try for ever.
                    if (isRelieved() || STEPS.get(step).give.test(next.get(), this) || isRelieved()) {
                        return true;
                    }
                } else {
                    step++;
                    asked.clear();
                    if (step == FIRST_OF_INDEX && sum(Holder::indexBytes) > 0 && awaitPassing()) {
                        return true;
                    }
                }
            }
            return false;
        }

        /** Bytes that are missing when caches gave all that they say they could. */
        private long missing() {
            return Math.max(1, refused.requested() - budget.obtainableBytes());
        }

        /** Who gives least of those that have enough, or most where nobody has. */
        private Optional<Holder> next(ToLongFunction<Holder> bytes) {
            List<Holder> left = holders.stream()
                    .filter(holder -> !asked.contains(holder) && bytes.applyAsLong(holder) > 0)
                    .toList();
            long missing = missing();
            return left.stream()
                    .filter(holder -> bytes.applyAsLong(holder) >= missing)
                    .min(Comparator.comparingLong(bytes))
                    .or(() -> left.stream().max(Comparator.comparingLong(bytes)));
        }

        private long sum(ToLongFunction<Holder> bytes) {
            return holders.stream().mapToLong(bytes).sum();
        }

        /** Whether there is so much memory, now or soon, as was refused: others may have had it for a moment only. */
        private boolean awaitPassing() {
            long start = TimeSource.SYSTEM.nanoTime();
            boolean passed = budget.obtainableBytes() >= refused.requested();
            while (!passed
                    && TimeSource.SYSTEM.nanoTime() - start < PASSING_NANOS
                    && !Thread.currentThread().isInterrupted()) {
                LockSupport.parkNanos(LOOK_NANOS);
                passed = budget.obtainableBytes() >= refused.requested();
            }
            return passed;
        }
    }
}
