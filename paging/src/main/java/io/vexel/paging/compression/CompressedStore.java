package io.vexel.paging.compression;

import io.vexel.base.Checks;
import io.vexel.base.CorruptionException;
import io.vexel.base.TimeSource;
import io.vexel.base.Uninterruptibles;
import io.vexel.memory.MemoryBudget;
import io.vexel.memory.zone.PageAllocator;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Pages that are kept compressed in memory. Storing one gives its index; the page is not kept when it would take more than three quarters of its
 * size, and a page of one word repeated takes no memory at all.
 *
 * <p>Safe for use by any thread, as long as an index is not freed while it is loaded. Work is done by one of {@value #WORKERS} workers, made at the
 * start; a thread waits for a free one, and never for memory.
 */
public final class CompressedStore implements AutoCloseable {

    /** No page: it was not kept. */
    public static final int NONE = -1;

    /** No page: there was no room for it. */
    public static final int FULL = -2;

    static final String OWNER = "compressed pages";

    private static final int WORKERS = 2;
    private static final int STEP = 1024;
    private static final int HEAP_BYTES = 64;
    private static final int END = -1;
    private static final byte FREE = -1;

    private final CompressionOptions options;
    private final MemoryBudget budget;
    private final TimeSource time;
    private final ObjectMemory memory;
    private final List<Worker> workers = new ArrayList<>();
    private final BlockingQueue<Worker> idle = new ArrayBlockingQueue<>(WORKERS);
    private final Map<PageClass, CodecChoice> choices = new EnumMap<>(PageClass.class);
    private final Adders adders = new Adders();

    // What is known of each index; guarded by the monitor.
    private ObjectMemory.@Nullable Place[] places = {};
    private long[] sameWords = {};
    private int[] owners = {};
    private int[] lengths = {};
    private byte[] codecs = {};
    private byte[] kinds = {};
    /** Of a compressed page, in the order in which they were stored; of a free index, the next free one. */
    private int[] next = {};

    private int[] previous = {};
    private int firstFree = END;
    private int oldest = END;
    private int newest = END;
    private int pages;
    private int samePages;
    private long storedBytes;

    private static final class Adders {
        final LongAdder compressed = new LongAdder();
        final LongAdder same = new LongAdder();
        final LongAdder poor = new LongAdder();
        final LongAdder poorBySample = new LongAdder();
        final LongAdder skipped = new LongAdder();
        final LongAdder full = new LongAdder();
        final LongAdder overTime = new LongAdder();
        final LongAdder loaded = new LongAdder();
        final LongAdder bytesOut = new LongAdder();
        final LongAdder nanosIn = new LongAdder();
        final LongAdder nanosOut = new LongAdder();
    }

    /** What is known of a page while it is loaded. */
    private record Stored(ObjectMemory.@Nullable Place place, long sameWord, int length, int codec, PageClass kind) {}

    /**
     * Makes a store.
     *
     * @param budget that of the allocator
     * @param allocator where the memory for pages comes from; stays open as long as the store
     * @throws io.vexel.base.CapacityException when the budget does not allow the workers
     * @throws IllegalArgumentException when Zstandard is asked for, and its library is not there; {@link Compression#AUTO} does without
     */
    public static CompressedStore create(
            CompressionOptions options, MemoryBudget budget, PageAllocator allocator, TimeSource time) {
        Checks.argument(
                options.way() != Compression.ZSTD || Worker.isZstdThere(),
                "compression=zstd, allowed: where the library com.github.luben:zstd-jni is there");
        CompressedStore store = new CompressedStore(options, budget, allocator, time);
        try {
            for (int i = 0; i < WORKERS; i++) {
                Worker worker = new Worker(budget, options);
                store.workers.add(worker);
                store.idle.add(worker);
            }
            return store;
        } catch (RuntimeException | Error e) {
            store.close();
            throw e;
        }
    }

    private CompressedStore(CompressionOptions options, MemoryBudget budget, PageAllocator allocator, TimeSource time) {
        this.options = options;
        this.budget = budget;
        this.time = time;
        memory = new ObjectMemory(
                allocator, budget, options.mostBytes(), options.pageBytes() * Worker.KEEP_PERCENT / 100);
        Compression way = options.way();
        if (way == Compression.AUTO && !Worker.isZstdThere()) {
            way = Compression.LZ4;
        }
        for (PageClass kind : PageClass.values()) {
            choices.put(kind, new CodecChoice(way));
        }
    }

    /** Bytes of a page. */
    public int pageBytes() {
        return options.pageBytes();
    }

    /**
     * Compresses a page and keeps it.
     *
     * @param kind what lies in it
     * @param owner what {@link #owner} says of it later
     * @param page native memory, as long as a page
     * @return its index, at least 0; {@link #NONE} when it is not kept because it would take too much, {@link #FULL} when there is no room
     */
    public int store(PageClass kind, int owner, MemorySegment page) {
        checkLength(page);
        long address = page.address();
        long word = Raw.getLong(address);
        if (Raw.same(address, address + Long.BYTES, options.pageBytes() - Long.BYTES)
                == options.pageBytes() - Long.BYTES) {
            int index = keepSame(word, owner);
            (index == FULL ? adders.full : adders.same).increment();
            return index;
        }
        CodecChoice choice = choice(kind);
        int codec = choice.next();
        if (codec == CodecChoice.SKIP) {
            adders.skipped.increment();
            return NONE;
        }
        Worker worker = Uninterruptibles.take(idle);
        try {
            int bytes = compress(worker, choice, codec, kind, address);
            if (bytes == BlockCodec.NO_ROOM) {
                return NONE;
            }
            int index = keep(worker.packed(), bytes, codec, kind, owner);
            if (index == FULL) {
                adders.full.increment();
            } else {
                adders.compressed.increment();
                adders.bytesOut.add(bytes);
            }
            return index;
        } finally {
            idle.add(worker);
        }
    }

    private CodecChoice choice(PageClass kind) {
        CodecChoice choice = choices.get(kind);
        if (choice == null) {
            throw new IllegalArgumentException("kind=" + kind);
        }
        return choice;
    }

    private int compress(Worker worker, CodecChoice choice, int codec, PageClass kind, long address) {
        long start = time.nanoTime();
        boolean promising = worker.samples(codec, kind, address);
        int bytes = promising ? worker.compress(codec, kind, address) : BlockCodec.NO_ROOM;
        long nanos = time.nanoTime() - start;
        boolean poor = bytes == BlockCodec.NO_ROOM;
        choice.became(codec, poor ? options.pageBytes() : bytes, poor);
        choice.took(nanos > options.timeBudgetNanos());
        adders.nanosIn.add(nanos);
        if (nanos > options.timeBudgetNanos()) {
            adders.overTime.increment();
        }
        if (poor) {
            (promising ? adders.poor : adders.poorBySample).increment();
        }
        return bytes;
    }

    private synchronized int keepSame(long word, int owner) {
        int index = newIndex();
        if (index != FULL) {
            sameWords[index] = word;
            codecs[index] = CodecChoice.SAME;
            owners[index] = owner;
            places[index] = null;
            samePages++;
            pages++;
        }
        return index;
    }

    private synchronized int keep(long packed, int bytes, int codec, PageClass kind, int owner) {
        int index = newIndex();
        if (index == FULL) {
            return FULL;
        }
        ObjectMemory.Place place = memory.allocate(bytes);
        if (place == null) {
            next[index] = firstFree;
            firstFree = index;
            return FULL;
        }
        Raw.copy(packed, place.address(), bytes);
        places[index] = place;
        lengths[index] = bytes;
        codecs[index] = (byte) codec;
        kinds[index] = kind.number();
        owners[index] = owner;
        append(index);
        pages++;
        storedBytes += bytes;
        return index;
    }

    private int newIndex() {
        if (firstFree == END && !growTable()) {
            return FULL;
        }
        int index = firstFree;
        firstFree = next[index];
        return index;
    }

    private boolean growTable() {
        int before = places.length;
        int after = before + Math.max(STEP, before / 2);
        if (!budget.tryReserve(OWNER, (long) (after - before) * HEAP_BYTES)) {
            return false;
        }
        places = Arrays.copyOf(places, after);
        sameWords = Arrays.copyOf(sameWords, after);
        owners = Arrays.copyOf(owners, after);
        lengths = Arrays.copyOf(lengths, after);
        codecs = Arrays.copyOf(codecs, after);
        kinds = Arrays.copyOf(kinds, after);
        next = Arrays.copyOf(next, after);
        previous = Arrays.copyOf(previous, after);
        for (int index = after - 1; index >= before; index--) {
            codecs[index] = FREE;
            next[index] = firstFree;
            firstFree = index;
        }
        return true;
    }

    private void append(int index) {
        previous[index] = newest;
        next[index] = END;
        if (newest == END) {
            oldest = index;
        } else {
            next[newest] = index;
        }
        newest = index;
    }

    private void unlink(int index) {
        if (previous[index] == END) {
            oldest = next[index];
        } else {
            next[previous[index]] = next[index];
        }
        if (next[index] == END) {
            newest = previous[index];
        } else {
            previous[next[index]] = previous[index];
        }
    }

    /**
     * Decompresses a page, which stays.
     *
     * @param target native memory, as long as a page
     * @throws IllegalStateException when there is no page of this index
     * @throws CorruptionException when the bytes in memory are not what was stored; {@code target} is undefined then
     */
    public void load(int index, MemorySegment target) {
        checkLength(target);
        Stored stored = stored(index);
        long start = time.nanoTime();
        ObjectMemory.Place place = stored.place;
        if (place == null) {
            for (int at = 0; at < options.pageBytes(); at += Long.BYTES) {
                Raw.putLong(target.address() + at, stored.sameWord);
            }
        } else {
            Worker worker = Uninterruptibles.take(idle);
            try {
                if (!worker.decompress(stored.codec, stored.kind, place.address(), stored.length, target.address())) {
                    throw new CorruptionException(
                            CorruptionException.NO_BLOCK, "compressed page " + index + " is not what was stored");
                }
            } finally {
                idle.add(worker);
            }
        }
        adders.loaded.increment();
        adders.nanosOut.add(time.nanoTime() - start);
    }

    private synchronized Stored stored(int index) {
        checkIndex(index);
        return new Stored(places[index], sameWords[index], lengths[index], codecs[index], PageClass.of(kinds[index]));
    }

    private void checkIndex(int index) {
        if (index < 0 || index >= codecs.length || codecs[index] == FREE) {
            throw new IllegalStateException("index=" + index + ", allowed: one that a page was stored under");
        }
    }

    /**
     * Gives a page up.
     *
     * @throws IllegalStateException when there is no page of this index
     */
    public synchronized void free(int index) {
        checkIndex(index);
        ObjectMemory.Place place = places[index];
        if (place == null) {
            samePages--;
        } else {
            unlink(index);
            storedBytes -= lengths[index];
            memory.free(place);
            places[index] = null;
        }
        pages--;
        codecs[index] = FREE;
        next[index] = firstFree;
        firstFree = index;
    }

    /** The page that has been here longest among those that take memory, or {@link #NONE}. */
    public synchronized int oldest() {
        return oldest;
    }

    /** From now on a page counts as stored last. */
    public synchronized void renew(int index) {
        checkIndex(index);
        if (places[index] != null) {
            unlink(index);
            append(index);
        }
    }

    /** What the page was stored for. */
    public synchronized int owner(int index) {
        checkIndex(index);
        return owners[index];
    }

    private void checkLength(MemorySegment page) {
        Checks.argument(
                page.isNative() && page.byteSize() == options.pageBytes(),
                "byteSize=" + page.byteSize() + " native=" + page.isNative() + ", allowed: native memory of "
                        + options.pageBytes());
    }

    /** What there is, and what was done so far. */
    public CompressionStatistics statistics() {
        long compressed = adders.compressed.sum();
        CompressionStatistics.Work work = new CompressionStatistics.Work(
                compressed,
                adders.same.sum(),
                adders.poor.sum(),
                adders.poorBySample.sum(),
                adders.skipped.sum(),
                adders.full.sum(),
                adders.overTime.sum(),
                adders.loaded.sum(),
                compressed * options.pageBytes(),
                adders.bytesOut.sum(),
                adders.nanosIn.sum(),
                adders.nanosOut.sum());
        synchronized (this) {
            return new CompressionStatistics(pages, samePages, storedBytes, memory.heldBytes(), work);
        }
    }

    /** Gives all memory back. Closing while another thread uses the store is the owner's mistake. */
    @Override
    public synchronized void close() {
        for (int index = 0; index < codecs.length; index++) {
            if (codecs[index] != FREE) {
                free(index);
            }
        }
        memory.close();
        if (codecs.length > 0) {
            budget.release(OWNER, (long) codecs.length * HEAP_BYTES);
        }
        codecs = new byte[0];
        workers.forEach(Worker::close);
        workers.clear();
    }
}
