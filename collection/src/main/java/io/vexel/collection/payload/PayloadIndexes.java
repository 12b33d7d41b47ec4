package io.vexel.collection.payload;

import io.vexel.base.CapacityException;
import io.vexel.collection.FieldIndex;
import io.vexel.collection.FieldPath;
import io.vexel.collection.Filter;
import io.vexel.collection.PayloadIndexStatistics;
import io.vexel.index.BestRows;
import io.vexel.index.Cancellation;
import io.vexel.index.Neighbors;
import io.vexel.memory.MemoryBudget;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The payload indexes of a collection.
 *
 * <p>Nothing is built until a search first wants it. That search reads the payloads of all rows, and from then on a writer adds each batch
 * it has installed. When the two miss each other the next search closes the gap; so what is indexed are always the rows from 0 up to some row,
 * in segments that are joined as they grow in number, up to a size.
 *
 * <p>A reader takes the segments by one volatile read. {@code building} is held by whoever adds segments, one search or the writer; nobody
 * waits for it but a search by words. When the memory budget refuses a segment, all of them are given up until the collection is opened again.
 */
public final class PayloadIndexes implements AutoCloseable {

    static final String OWNER = "payload indexes";

    /** Larger segments are not joined, so that no write waits long for joining. */
    private static final int MOST_ROWS = 1 << 17;

    private static final int ROWS_PER_CHECK = 1 << 10;

    private final List<FieldIndex> fields;
    private final MemoryBudget budget;
    private final FilterCache cache;
    private final ReentrantLock building = new ReentrantLock();
    private volatile Segments segments = new Segments(List.of(), 0, 0, 0);
    private volatile boolean wanted;
    private volatile boolean dropped;
    private volatile long refusedBytes;
    private volatile Counted counted = new Counted(new CountedState(-1, 0, 0), new Bm25.Totals(0, 0));

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
        this.fields = List.copyOf(fields);
        this.budget = budget;
        this.cache = new FilterCache(budget);
    }

    /**
     * What is known about the rows that fulfil a filter; empty when no index has to do with it, or they cannot be
     * used for this state, or not now.
     */
    public Optional<Bounds> evaluate(Filter filter, State state, Cancellation cancellation) {
        if (state.rowCount == 0 || !FilterEvaluator.canHelp(fields, filter)) {
            return Optional.empty();
        }
        Optional<FilterCache.Entry> known = cache.get(filter);
        if (known.isPresent() && serves(known.get(), state)) {
            return known.map(FilterCache.Entry::bounds);
        }
        Optional<Segments> now = segments(state, cancellation, Waiting.NO);
        if (now.isEmpty()) {
            return Optional.empty();
        }
        List<Segment> all = now.get().list;
        Bounds bounds = known.filter(entry -> entry.version() <= state.deaths.version())
                .map(entry -> extended(filter, entry, all))
                .orElseGet(() -> new FilterEvaluator(fields, all).evaluate(filter));
        cache.put(filter, new FilterCache.Entry(bounds, now.get().end, now.get().version));
        return Optional.of(bounds);
    }

    private static boolean serves(FilterCache.Entry entry, State state) {
        return entry.end() >= state.rowCount && entry.version() <= state.deaths.version();
    }

    /** The answer for the rows of the segments that reach beyond the known one, and that one. */
    private Bounds extended(Filter filter, FilterCache.Entry known, List<Segment> all) {
        List<Segment> behind =
                all.stream().filter(segment -> segment.end() > known.end()).toList();
        return known.bounds().or(new FilterEvaluator(fields, behind).evaluate(filter));
    }

    /**
     * Finds the rows whose texts go best with the words, by {@link Bm25}; waits while others build the indexes.
     *
     * @return best first, with negated scores as distances; empty when the state is too old by now to be searched by words
     * @throws IllegalArgumentException when the field has no text index or there is no word
     * @throws CapacityException when the memory budget refused the indexes
     */
    public Optional<Neighbors> search(TextQuery query, State state) {
        int part = textIndex(query.path());
        List<String> words = distinctWords(query.words());
        if (state.rowCount == 0) {
            return Optional.of(new BestRows(query.k(), query.tieBreak()).neighbors());
        }
        Optional<Segments> now = segments(state, query.cancellation(), Waiting.YES);
        if (now.isEmpty() && dropped) {
            throw new CapacityException("memory budget bytes for " + OWNER, refusedBytes, budget.availableBytes());
        }
        return now.map(known -> {
            Bm25 search = new Bm25(known.list, part, new Bm25.Query(words, state.rowCount, query));
            return search.search(totals(search, part, state));
        });
    }

    private int textIndex(FieldPath path) {
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

    private Bm25.Totals totals(Bm25 search, int part, State state) {
        CountedState key = new CountedState(part, state.rowCount, state.deaths.version());
        Counted last = counted;
        if (last.state.equals(key)) {
            return last.totals;
        }
        Bm25.Totals totals = search.totals();
        counted = new Counted(key, totals);
        return totals;
    }

    private record CountedState(int part, int rowCount, int version) {}

    private record Counted(CountedState state, Bm25.Totals totals) {}

    private enum Waiting {
        YES,
        NO
    }

    /** Segments that cover the state, built if need be; empty when they were given up, are too new, or are being built by others. */
    private Optional<Segments> segments(State state, Cancellation cancellation, Waiting waiting) {
        wanted = true;
        Segments now = segments;
        if (now.end < state.rowCount && !dropped && enter(waiting)) {
            try {
                catchUp(state, cancellation);
            } finally {
                building.unlock();
            }
            now = segments;
        }
        return !dropped && now.serve(state.rowCount, state.deaths.version()) ? Optional.of(now) : Optional.empty();
    }

    private boolean enter(Waiting waiting) {
        if (waiting == Waiting.NO) {
            return building.tryLock();
        }
        building.lock();
        return true;
    }

    private void catchUp(State state, Cancellation cancellation) {
        for (int first = segments.end; first < state.rowCount && !dropped; first = segments.end) {
            int end = Math.min(state.rowCount, (first / MOST_ROWS + 1) * MOST_ROWS);
            add(build(first, end, state, cancellation), state.deaths);
        }
    }

    private Segment build(int first, int end, State state, Cancellation cancellation) {
        SegmentBuilder builder = new SegmentBuilder(fields);
        for (int row = first; row < end; row++) {
            if (row % ROWS_PER_CHECK == 0) {
                cancellation.check();
            }
            int ordinal = row;
            state.source.read(row, (json, offset, length) -> builder.add(ordinal, json, offset, length));
        }
        return builder.build(first, end, state.deaths.version());
    }

    /**
     * Adds a batch that was just installed, if the indexes are in use and have all rows before it.
     *
     * @param first its first row
     * @param batch the state with the batch, in which its rows are alive
     */
    public void append(int first, State batch) {
        if (fields.isEmpty() || !wanted || dropped || !building.tryLock()) {
            return;
        }
        try {
            if (segments.end == first && first > 0) {
                Segment segment = build(first, batch.rowCount, batch, Cancellation.NONE);
                add(new Segment(first, segment.end(), 0, segment.parts()), batch.deaths);
            }
        } finally {
            building.unlock();
        }
    }

    private void add(Segment segment, Deaths deaths) {
        List<Segment> list = new ArrayList<>(segments.list);
        Segment last = segment;
        while (!list.isEmpty() && worthJoining(list.getLast(), last)) {
            last = list.removeLast().join(last, deaths);
        }
        list.add(last);
        Segments after = Segments.of(list);
        long more = after.bytes - segments.bytes;
        if (more > 0 && !budget.tryReserve(OWNER, more)) {
            refusedBytes = more;
            drop();
            return;
        }
        if (more < 0) {
            budget.release(OWNER, -more);
        }
        segments = after;
    }

    private static boolean worthJoining(Segment before, Segment last) {
        return before.rows() <= 2L * last.rows() && before.rows() + last.rows() <= MOST_ROWS;
    }

    private void drop() {
        dropped = true;
        long bytes = segments.bytes;
        segments = Segments.of(List.of());
        if (bytes > 0) {
            budget.release(OWNER, bytes);
        }
        cache.close();
    }

    /** What is indexed now. */
    public PayloadIndexStatistics statistics() {
        Segments now = segments;
        PayloadIndexStatistics.Status status = fields.isEmpty()
                ? PayloadIndexStatistics.Status.NONE
                : dropped
                        ? PayloadIndexStatistics.Status.DROPPED
                        : now.end == 0 ? PayloadIndexStatistics.Status.NOT_BUILT : PayloadIndexStatistics.Status.IN_USE;
        return new PayloadIndexStatistics(status, now.end, now.list.size(), now.bytes);
    }

    /** Gives the memory back; nobody searches or writes any more. */
    @Override
    public void close() {
        drop();
    }
}
