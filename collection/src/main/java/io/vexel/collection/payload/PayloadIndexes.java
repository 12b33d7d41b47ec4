package io.vexel.collection.payload;

import io.vexel.base.CapacityException;
import io.vexel.base.Deadline;
import io.vexel.base.Uninterruptibles;
import io.vexel.base.VexelException;
import io.vexel.collection.FieldIndex;
import io.vexel.collection.FieldPath;
import io.vexel.collection.Filter;
import io.vexel.collection.PayloadIndexStatistics;
import io.vexel.index.BestRows;
import io.vexel.index.Cancellation;
import io.vexel.index.Patience;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.MemoryClaims;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/**
 * The payload indexes of a collection.
 *
 * <p>Nothing is built until a search first wants it. That search reads the payloads of all rows, and from then on a writer adds each batch
 * it has installed. When the two miss each other the next search closes the gap; so what is indexed are always the rows from 0 up to some row,
 * in segments that are joined as they grow in number, up to a size.
 *
 * <p>A reader takes the segments by one volatile read. {@code building} is held by whoever adds segments, one search or the writer; nobody
 * waits for it but a search by words, which asks meanwhile whether to go on, and whoever adds or removes an index. When the memory budget refuses a segment, although caches were asked for
 * memory, all of them are given up until a search wants them and there is memory for what they needed, or an index is removed. So they are when a write is refused memory
 * that it cannot do without.
 *
 * <p>An index that is added later gets its parts beside searches and writes, segment by segment, since segments never change; only what was written
 * meanwhile is read with {@code building} held.
 */
public final class PayloadIndexes implements AutoCloseable {

    static final String OWNER = "payload indexes";

    private static final System.Logger LOG = System.getLogger(PayloadIndexes.class.getName());

    /** Larger segments are not joined, so that no write waits long for joining. */
    private static final int MOST_ROWS = 1 << 17;

    private static final int ROWS_PER_CHECK = 1 << 10;

    /**
     * After so many searches by words that read all payloads it is worth it to build the indexes although that may be in vain again: then it has read all payloads, too.
     */
    private static final int SCANS_PER_TRY = 8;

    private final MemoryBudget budget;
    private final FilterCache cache;
    private final ReentrantLock building = new ReentrantLock();
    private volatile Built built;
    private volatile boolean wanted;
    /** Why they were given up; empty when they were not. */
    private volatile Optional<Refused> refused = Optional.empty();
    /** Searches by words that read payloads since they were given up. */
    private final AtomicInteger scans = new AtomicInteger();
    /** What those were refused who wait for these to be given up. */
    private final MemoryClaims pressing = new MemoryClaims();

    private volatile Counted counted = new Counted(Optional.empty(), new Bm25.Totals(0, 0));

    /**
     * Memory that there was not enough of, although everybody was asked for some.
     *
     * @param missing bytes that were asked for
     * @param needed bytes of all indexes together, had they got these; rows that were not indexed yet take more
     * @param toBeHad what was free when they had been given up, and what others said then that they could give back
     */
    private record Refused(long missing, long needed, long toBeHad) {

        /**
         * Whether to try again. Who cannot do without has it tried when there may be enough. Who can does not: what others say that they can give back may be
         * more than they do, so as much must have come as was missing.
         */
        boolean isOver(MemoryBudget budget, boolean urgent) {
            long now = budget.obtainableBytes();
            return now >= needed && (urgent || now - toBeHad >= missing);
        }

        CapacityException exception(MemoryBudget budget) {
            return new CapacityException("memory budget bytes for " + OWNER, needed, budget.availableBytes());
        }
    }

    /** Which indexes there are, in the order of their parts in each segment, and what is built of them. */
    private record Built(List<FieldIndex> fields, Segments segments) {}

    /** The segments of one moment, with the row behind the last, the newest of their versions, and their bytes. */
    private record Segments(List<Segment> list, int end, int version, long bytes) {

        static Segments of(List<Segment> list) {
            int newest = list.stream().mapToInt(Segment::version).max().orElse(0);
            long bytes = list.stream().mapToLong(Segment::bytes).sum();
            return new Segments(
                    List.copyOf(list), list.isEmpty() ? 0 : list.getLast().end(), newest, bytes);
        }

        boolean serve(int rowCount, int readerVersion) {
            return end >= rowCount && version <= readerVersion;
        }
    }

    /**
     * A state of the collection that somebody wants to search.
     *
     * @param rowCount its rows
     * @param deaths its version and who is dead at it
     * @param source payloads of rows that are alive in it
     */
    public record State(int rowCount, Deaths deaths, PayloadSource source) {}

    /** Indexes for these fields, in this order. */
    public PayloadIndexes(List<FieldIndex> fields, MemoryBudget budget) {
        this.built = new Built(List.copyOf(fields), Segments.of(List.of()));
        this.budget = budget;
        this.cache = new FilterCache(budget);
    }

    /**
     * What is known about the rows that fulfil a filter; empty when no index has to do with it, or they cannot be
     * used for this state, or not now.
     */
    public Optional<Bounds> evaluate(Filter filter, State state, Cancellation cancellation) {
        if (state.rowCount == 0 || !FilterEvaluator.canHelp(built.fields, filter)) {
            return Optional.empty();
        }
        Optional<FilterCache.Entry> known = cache.get(filter);
        if (known.isPresent() && serves(known.get(), state)) {
            return known.map(FilterCache.Entry::bounds);
        }
        Optional<Built> now = covering(state, cancellation, Want.FILTER);
        if (now.isEmpty()) {
            return Optional.empty();
        }
        Segments segments = now.get().segments;
        Bounds bounds = known.filter(entry -> entry.version() <= state.deaths.version())
                .map(entry -> extended(filter, entry, now.get()))
                .orElseGet(() -> new FilterEvaluator(now.get().fields, segments.list).evaluate(filter));
        cache.put(filter, new FilterCache.Entry(bounds, segments.end, segments.version));
        return Optional.of(bounds);
    }

    private static boolean serves(FilterCache.Entry entry, State state) {
        return entry.end() >= state.rowCount && entry.version() <= state.deaths.version();
    }

    /** The answer for the rows of the segments that reach beyond the known one, and that one. */
    private static Bounds extended(Filter filter, FilterCache.Entry known, Built now) {
        List<Segment> behind = now.segments.list.stream()
                .filter(segment -> segment.end() > known.end())
                .toList();
        return known.bounds().or(new FilterEvaluator(now.fields, behind).evaluate(filter));
    }

    /**
     * Finds the rows whose texts go best with the words, by {@link Bm25}; waits while others build the indexes. Where the memory budget refused them, all payloads are
     * read instead.
     *
     * @return empty when the state is too old by now to be searched by words
     * @throws IllegalArgumentException when the field has no text index or there is no word
     */
    public Optional<TextMatches> search(TextQuery query, State state) {
        textIndex(built.fields, query.path());
        List<String> words = distinctWords(query.words());
        if (state.rowCount == 0) {
            return Optional.of(new TextMatches(new BestRows(query.k(), query.tieBreak()).neighbors(), words, 0, 0));
        }
        Bm25.Query wordsOfState = new Bm25.Query(words, state.rowCount, query);
        Optional<Built> now = covering(state, query.cancellation(), Want.WORDS);
        if (now.isEmpty() && refused.isPresent()) {
            scans.incrementAndGet();
            return Optional.of(new TextScan(wordsOfState, state.source).search());
        }
        return now.map(known -> {
            int part = textIndex(known.fields, query.path());
            Bm25 search = new Bm25(known.segments.list, part, wordsOfState);
            return search.search(totals(search, query.path(), state));
        });
    }

    private static int textIndex(List<FieldIndex> fields, FieldPath path) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).kind() == FieldIndex.Kind.TEXT
                    && fields.get(i).path().equals(path)) {
                return i;
            }
        }
        throw new IllegalArgumentException("text field=" + path + ", allowed: a field with a text index, of "
                + fields.stream()
                        .filter(field -> field.kind() == FieldIndex.Kind.TEXT)
                        .map(field -> field.path().toString())
                        .toList());
    }

    private static List<String> distinctWords(String text) {
        Set<String> words = new LinkedHashSet<>();
        Words.of(text, words::add);
        if (words.isEmpty()) {
            throw new IllegalArgumentException(
                    "words=\"" + text + "\", allowed: a text with at least one letter or digit");
        }
        return List.copyOf(words);
    }

    private Bm25.Totals totals(Bm25 search, FieldPath path, State state) {
        Optional<CountedState> key = Optional.of(new CountedState(path, state.rowCount, state.deaths.version()));
        Counted last = counted;
        if (last.state.equals(key)) {
            return last.totals;
        }
        Bm25.Totals totals = search.totals();
        counted = new Counted(key, totals);
        return totals;
    }

    private record CountedState(FieldPath path, int rowCount, int version) {}

    private record Counted(Optional<CountedState> state, Bm25.Totals totals) {}

    /** What for somebody wants the indexes. */
    private enum Want {
        /** Reads payloads rather than wait while others build them. */
        FILTER,
        /** Waits, since it would have to read all payloads. */
        WORDS,
        /** Waits, and cannot do without. */
        ADDITION
    }

    /** What covers the state, built if need be; empty when it was given up, is too new, or is being built by others. */
    private Optional<Built> covering(State state, Cancellation cancellation, Want want) {
        wanted = true;
        Built now = built;
        if (now.segments.end < state.rowCount && mayBuild(want) && enter(want, cancellation)) {
            try {
                // Who built before may have been refused memory while this one waited.
                if (mayBuild(want)) {
                    revive();
                    catchUp(state, cancellation);
                }
            } finally {
                building.unlock();
            }
            now = built;
        }
        return refused.isEmpty() && now.segments.serve(state.rowCount, state.deaths.version())
                ? Optional.of(now)
                : Optional.empty();
    }

    /** False when they were given up, and there is still no memory for them. */
    private boolean mayBuild(Want want) {
        boolean urgent = want == Want.ADDITION || (want == Want.WORDS && scans.get() >= SCANS_PER_TRY);
        return refused.filter(reason -> !reason.isOver(budget, urgent)).isEmpty();
    }

    /** With {@code building}. */
    private void revive() {
        if (refused.isPresent()) {
            refused = Optional.empty();
            cache.open();
        }
    }

    /** @param cancellation asked while others build */
    private boolean enter(Want want, Cancellation cancellation) {
        if (want == Want.FILTER) {
            return building.tryLock();
        }
        try (Patience patience = new Patience(cancellation)) {
            boolean entered = false;
            while (!entered) {
                entered = patience.await(() -> building.tryLock(Patience.MILLIS, TimeUnit.MILLISECONDS));
            }
        }
        return true;
    }

    private void catchUp(State state, Cancellation cancellation) {
        for (int first = built.segments.end; first < state.rowCount && refused.isEmpty(); first = built.segments.end) {
            int end = Math.min(state.rowCount, (first / MOST_ROWS + 1) * MOST_ROWS);
            add(build(built.fields, new RowRange(first, end), state, cancellation), state.deaths);
            pressing.together().ifPresent(this::giveUp);
        }
    }

    /**
     * Gives all of them up for somebody who was refused memory and cannot do without. They are built anew when there may be memory for them and for as much as
     * was refused, to all who wait for it together. Waits a while for who builds them.
     *
     * @return whether they had memory that they gave up
     */
    public boolean giveWay(CapacityException wanted, Deadline deadline) {
        if (built.segments.bytes == 0) {
            return false;
        }
        try (MemoryClaims.Claim _ = pressing.add(wanted)) {
            if (!Uninterruptibles.tryLock(building, deadline.leftMillis())) {
                return false;
            }
            try {
                giveUp(pressing.together().orElse(wanted));
                return true;
            } finally {
                building.unlock();
            }
        }
    }

    /** What those were refused together who wait for them to be given up; empty when nobody does. */
    Optional<CapacityException> pressing() {
        return pressing.together();
    }

    /** With {@code building}; does nothing when they were given up already. */
    private void giveUp(CapacityException wanted) {
        if (refused.isPresent()) {
            return;
        }
        long bytes = built.segments.bytes;
        drop(built.fields);
        refuse(wanted.requested(), bytes + wanted.requested());
    }

    private void refuse(long missing, long needed) {
        scans.set(0);
        refused = Optional.of(new Refused(missing, needed, budget.obtainableBytes()));
    }

    private record RowRange(int first, int end) {}

    private static Segment build(List<FieldIndex> fields, RowRange rows, State state, Cancellation cancellation) {
        SegmentBuilder builder = new SegmentBuilder(fields);
        // Without an index there is nothing to read.
        for (int row = fields.isEmpty() ? rows.end : rows.first; row < rows.end; row++) {
            if (row % ROWS_PER_CHECK == 0) {
                cancellation.check();
            }
            int ordinal = row;
            state.source.read(row, (json, offset, length) -> builder.add(ordinal, json, offset, length));
        }
        return builder.build(rows.first, rows.end, state.deaths.version());
    }

    /**
     * Adds a batch that was just installed, if the indexes are in use and have all rows before it.
     *
     * @param first its first row
     * @param batch the state with the batch, in which its rows are alive
     */
    public void append(int first, State batch) {
        if (built.fields.isEmpty() || !wanted || refused.isPresent() || !building.tryLock()) {
            return;
        }
        try {
            if (built.segments.end == first && first > 0) {
                Segment segment = build(built.fields, new RowRange(first, batch.rowCount), batch, Cancellation.NONE);
                add(new Segment(first, segment.end(), 0, segment.kept(), segment.parts()), batch.deaths);
            }
        } finally {
            building.unlock();
        }
    }

    /**
     * Leaves dead rows out of segments that are half dead, since large ones are not joined any more. Readers of states before that of these deaths cannot
     * use the indexes afterwards. Does nothing while others build.
     */
    public void prune(Deaths deaths) {
        if (built.segments.end == 0 || !building.tryLock()) {
            return;
        }
        try {
            List<Segment> list = new ArrayList<>();
            for (Segment segment : built.segments.list) {
                list.add(segment.isHalfDead(deaths) ? segment.without(deaths, built.fields) : segment);
            }
            replace(built.fields, Segments.of(list), 0);
        } finally {
            building.unlock();
        }
    }

    private void add(Segment segment, Deaths deaths) {
        List<Segment> list = new ArrayList<>(built.segments.list);
        Segment last = segment;
        while (!list.isEmpty() && worthJoining(list.getLast(), last)) {
            last = list.removeLast().join(last, deaths);
        }
        list.add(last);
        replace(built.fields, Segments.of(list), 0);
    }

    /**
     * What is built from now on, or nothing when the budget refuses it. Others are asked for memory: a cache is filled again from the device, and without
     * the indexes a search by words reads all payloads.
     *
     * @param reserved bytes that were reserved for it already
     */
    private void replace(List<FieldIndex> fields, Segments after, long reserved) {
        long more = after.bytes - built.segments.bytes - reserved;
        if (more > 0) {
            try {
                budget.reserve(OWNER, more);
            } catch (CapacityException _) {
                giveBack(reserved);
                drop(fields);
                refuse(more, after.bytes);
                return;
            }
        }
        giveBack(-more);
        built = new Built(fields, after);
    }

    private void giveBack(long bytes) {
        if (bytes > 0) {
            budget.release(OWNER, bytes);
        }
    }

    /** An index to be added: its parts of segments that there were while they were built, with their bytes reserved. */
    public static final class Addition {

        private final FieldIndex field;
        private final LongConsumer progress;
        private final IdentityHashMap<Segment, FieldPart> parts = new IdentityHashMap<>();
        private long reserved;
        private long rowsRead;

        /** @param progress is told at every 1,024 rows how many were read; what it throws ends the building */
        public Addition(FieldIndex field, LongConsumer progress) {
            this.field = field;
            this.progress = progress;
        }

        private void count() {
            progress.accept(rowsRead);
            rowsRead += ROWS_PER_CHECK;
        }
    }

    /**
     * Builds what there is to build, beside searches and writes. The index is used from {@link #publish} on.
     *
     * @param state as new as can be
     * @return whether much was missing, so that it is worth it to go on with a newer state
     * @throws CapacityException when the memory budget refuses it, or refused the indexes before
     */
    public boolean extend(Addition addition, State state) {
        cover(state);
        List<Segment> missing = missing(addition, state.rowCount);
        missing.forEach(segment -> add(addition, segment, state, addition::count));
        // Segments are joined meanwhile, but not the large ones, and others come: what is missing becomes little.
        return rows(missing) > MOST_ROWS;
    }

    /** Builds the indexes that there are, for the state. */
    private void cover(State state) {
        if (state.rowCount > 0
                && covering(state, Cancellation.NONE, Want.ADDITION).isEmpty()) {
            refused.ifPresent(reason -> {
                throw reason.exception(budget);
            });
        }
    }

    private static long rows(List<Segment> segments) {
        return segments.stream().mapToLong(Segment::rows).sum();
    }

    private List<Segment> missing(Addition addition, int rowCount) {
        return built.segments.list.stream()
                .filter(segment -> segment.end() <= rowCount && !addition.parts.containsKey(segment))
                .toList();
    }

    private void add(Addition addition, Segment segment, State state, Cancellation cancellation) {
        FieldPart part = build(
                        List.of(addition.field), new RowRange(segment.first(), segment.end()), state, cancellation)
                .parts()
                .getFirst();
        budget.reserve(OWNER, part.bytes());
        addition.reserved += part.bytes();
        addition.parts.put(segment, part);
    }

    /** Gives back what was reserved for an index that is not added after all. */
    public void abandon(Addition addition) {
        giveBack(addition.reserved);
        addition.reserved = 0;
    }

    /**
     * Adds the index. Nobody writes meanwhile.
     *
     * @param applied the state with every batch that was installed
     */
    public void publish(Addition addition, State applied) {
        building.lock();
        try {
            List<FieldIndex> fields = new ArrayList<>(built.fields);
            fields.add(addition.field);
            replace(List.copyOf(fields), extended(addition, applied), addition.reserved);
            addition.reserved = 0;
            cache.clear();
        } finally {
            building.unlock();
        }
    }

    /** All segments with a part of the index more. None where a payload cannot be read: the index is declared by now, and the next search builds all. */
    private Segments extended(Addition addition, State applied) {
        List<Segment> list = new ArrayList<>();
        try {
            for (Segment segment : built.segments.list) {
                FieldPart part = addition.parts.get(segment);
                if (part == null) {
                    RowRange rows = new RowRange(segment.first(), segment.end());
                    part = build(List.of(addition.field), rows, applied, Cancellation.NONE)
                            .parts()
                            .getFirst();
                }
                list.add(segment.with(part, applied.deaths.version()));
            }
        } catch (VexelException e) {
            LOG.log(System.Logger.Level.DEBUG, "payload indexes are built anew: {0}", e.getMessage());
            list.clear();
        }
        return Segments.of(list);
    }

    /** Removes an index; the memory budget has refused them all no longer. */
    public void remove(FieldIndex field) {
        building.lock();
        try {
            int part = built.fields.indexOf(field);
            List<FieldIndex> fields = new ArrayList<>(built.fields);
            fields.remove(part);
            List<Segment> list = fields.isEmpty()
                    ? List.of()
                    : built.segments.list.stream()
                            .map(segment -> segment.without(part))
                            .toList();
            replace(List.copyOf(fields), Segments.of(list), 0);
            revive();
            cache.clear();
        } finally {
            building.unlock();
        }
    }

    private static boolean worthJoining(Segment before, Segment last) {
        return before.rows() <= 2L * last.rows() && before.rows() + last.rows() <= MOST_ROWS;
    }

    private void drop(List<FieldIndex> fields) {
        long bytes = built.segments.bytes;
        built = new Built(fields, Segments.of(List.of()));
        giveBack(bytes);
        cache.close();
    }

    /** What is indexed now. */
    public PayloadIndexStatistics statistics() {
        Segments now = built.segments;
        PayloadIndexStatistics.Status status = built.fields.isEmpty()
                ? PayloadIndexStatistics.Status.NONE
                : refused.isPresent()
                        ? PayloadIndexStatistics.Status.DROPPED
                        : now.end == 0 ? PayloadIndexStatistics.Status.NOT_BUILT : PayloadIndexStatistics.Status.IN_USE;
        return new PayloadIndexStatistics(status, now.end, now.list.size(), now.bytes);
    }

    /** Gives the memory back; nobody searches or writes any more. */
    @Override
    public void close() {
        drop(built.fields);
    }
}
