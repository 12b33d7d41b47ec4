package io.vexel.engine;

import io.vexel.base.Bytes;
import io.vexel.base.Checks;
import io.vexel.base.TimeSource;
import io.vexel.collection.indexing.Indexers;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.pressure.PressureOptions;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;

/**
 * How a volume is opened. Immutable.
 *
 * @param readOnly nothing is written, not even a journal replay; writes throw {@link io.vexel.base.AccessException}
 * @param buffered the volume is read and written through the page cache of the system
 * @param budget the limit on off-heap memory
 * @param executor runs the helpers of searches that use several threads; empty: the volume keeps its own daemon threads
 * @param indexThreads threads that move points into the indexes and keep these in order, in the background
 * @param walkWhileLoadingBytes an index of which at least so many bytes were saved is searched where it was saved while it is being loaded
 * @param time the clock
 * @param pressure how the volume watches how short memory is; empty: it does not
 * @param memoryDebug what is looked for in its objects outside of the heap; empty: nothing beside what is always looked for
 */
public record VolumeOptions(
        boolean readOnly,
        boolean buffered,
        MemoryBudget budget,
        Optional<Executor> executor,
        int indexThreads,
        long walkWhileLoadingBytes,
        TimeSource time,
        Optional<PressureOptions> pressure,
        Optional<MemoryDebug> memoryDebug) {

    /** Most index threads where nobody says otherwise. */
    public static final int DEFAULT_MOST_INDEX_THREADS = 2;

    /** Smaller indexes are loaded in a moment. */
    public static final long DEFAULT_WALK_WHILE_LOADING_BYTES = 64 * Bytes.MIB;

    public VolumeOptions {
        Checks.inRange("indexThreads", indexThreads, 0, Indexers.MAX_THREADS);
        Checks.inRange("walkWhileLoadingBytes", walkWhileLoadingBytes, 0, Long.MAX_VALUE);
    }

    /** Read-write, with as much off-heap memory as the Java heap may take ({@link Runtime#maxMemory}). */
    public static VolumeOptions defaults() {
        return builder().build();
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects options. */
    public static final class Builder {

        private boolean readOnly;
        private boolean buffered;
        private Optional<MemoryBudget> budget = Optional.empty();
        private Optional<Executor> executor = Optional.empty();
        private int indexThreads =
                Math.min(DEFAULT_MOST_INDEX_THREADS, Runtime.getRuntime().availableProcessors());
        private OptionalLong walkWhileLoadingBytes = OptionalLong.empty();
        private TimeSource time = TimeSource.SYSTEM;
        private Optional<PressureOptions> pressure = Optional.of(PressureOptions.standard());
        private Optional<MemoryDebug> memoryDebug = Optional.empty();

        private Builder() {}

        /** Opens without writing anything. */
        public Builder readOnly() {
            readOnly = true;
            return this;
        }

        /**
         * Reads and writes the volume through the page cache of the system, and not past it. What the budget has no room for then comes from memory
         * as long as the system has some to spare, and may be there twice. It is durable at the same moments.
         */
        public Builder buffered() {
            buffered = true;
            return this;
        }

        /**
         * Limits off-heap memory. What does not fit is read from the volume again when it is needed; ids always have to fit:
         * 24 bytes a point ever stored and about 16 an id, plus the bytes of text ids.
         *
         * @param bytes at least 1
         */
        public Builder budgetBytes(long bytes) {
            return budget(new MemoryBudget(bytes));
        }

        /** Shares a budget with others. */
        public Builder budget(MemoryBudget shared) {
            budget = Optional.of(shared);
            return this;
        }

        /** Who runs the helpers of searches that use several threads; it is not shut down by the volume. */
        public Builder executor(Executor helpers) {
            executor = Optional.of(helpers);
            return this;
        }

        /**
         * Threads that move points into the indexes in the background; by default as many as processors, at most
         * {@value #DEFAULT_MOST_INDEX_THREADS}. With 0, indexes change only while somebody waits for them: {@link Collection#awaitIndexed}.
         *
         * @param count 0..{@value Indexers#MAX_THREADS}
         */
        public Builder indexThreads(int count) {
            indexThreads = count;
            return this;
        }

        /**
         * From which size on an index is searched while it is being loaded: page by page, where it was saved. Such searches find the same and take
         * some milliseconds each, instead of waiting for all of it. For graphs, under a budget with room for them twice. Without index threads it is not
         * loaded before somebody waits for that, as {@link Collection#loadIndex} does.
         *
         * @param leastSavedBytes 0 or more; by default 64 MiB, without index threads {@link Long#MAX_VALUE}: the first search always waits
         */
        public Builder walkWhileLoading(long leastSavedBytes) {
            walkWhileLoadingBytes = OptionalLong.of(leastSavedBytes);
            return this;
        }

        /** The clock. */
        public Builder time(TimeSource clock) {
            time = clock;
            return this;
        }

        /** How the volume watches how short memory is: by default once a second, by one daemon thread. */
        public Builder pressure(PressureOptions watch) {
            pressure = Optional.of(watch);
            return this;
        }

        /** The volume does not watch how short memory is; it gives memory back only to those who reserve from the budget. */
        public Builder withoutPressure() {
            pressure = Optional.empty();
            return this;
        }

        /** Looks for writes where nobody should write, and for what is in use when the volume is closed. */
        public Builder memoryDebug(MemoryDebug what) {
            memoryDebug = Optional.of(what);
            return this;
        }

        /** The options. */
        public VolumeOptions build() {
            MemoryBudget limit =
                    budget.orElseGet(() -> new MemoryBudget(Runtime.getRuntime().maxMemory()));
            long walked =
                    walkWhileLoadingBytes.orElse(indexThreads > 0 ? DEFAULT_WALK_WHILE_LOADING_BYTES : Long.MAX_VALUE);
            return new VolumeOptions(
                    readOnly, buffered, limit, executor, indexThreads, walked, time, pressure, memoryDebug);
        }
    }
}
