package io.vexel.collection.indexing;

import io.vexel.base.CapacityException;
import io.vexel.index.Cancellation;
import io.vexel.index.DerivedIndex;
import io.vexel.index.DerivedIndex.CheckpointSink;
import io.vexel.index.DerivedIndex.CheckpointSource;
import io.vexel.index.IndexSpec;
import io.vexel.index.SavedPages;
import io.vexel.memory.MemoryClaims;
import io.vexel.paging.space.Pager;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Loads an index from its last checkpoint.
 *
 * <pre>
 *                    large, and memory for both               loaded            no memory for it
 *   checkpoint ──> walkable: used where it is saved ──> load: in memory ──────> load: paged
 *        └────────────────── small, or short of memory ──────^
 * </pre>
 *
 * <p>For the thread that has the keeper's control.
 */
final class IndexLoader {

    private final IndexedRows rows;
    private final PageFile pages;
    private final SettledRows settled;
    private final Cancellation cancellation;
    /** What the index had in memory when it left it for others, in its smallest form; 0 when it did not. */
    private long leftBytes;
    /** What those were refused who want the memory of an index that is being loaded. */
    private final MemoryClaims claims = new MemoryClaims();
    /** Bytes that were saved of the index that is being loaded; 0 when none is. */
    private volatile long loadingBytes;
    /** What those were refused for whom the last loading was given up; empty when it was not. */
    private volatile Optional<CapacityException> givenUpFor = Optional.empty();

    /**
     * @param pages open when something is to be loaded
     * @param settled for what is loaded
     * @param cancellation asked regularly
     */
    IndexLoader(IndexedRows rows, PageFile pages, SettledRows settled, Cancellation cancellation) {
        this.rows = rows;
        this.pages = pages;
        this.settled = settled;
        this.cancellation = cancellation;
    }

    /** Notes that the index left memory for others: it comes back when there is headroom beside it. */
    void left(long bytes) {
        leftBytes = bytes;
    }

    /** Forgets that it {@link #left}: there is another one. */
    void forget() {
        leftBytes = 0;
        givenUpFor = Optional.empty();
    }

    /**
     * Looks whether an index that left memory can come back.
     *
     * @param more bytes that others are about to take
     * @return what there is not enough of; empty when it can
     */
    Optional<CapacityException> refusal(long more) {
        long needed = leftBytes + rows.budget().headroomBytes() + more;
        long obtainable = rows.budget().obtainableBytes();
        return needed <= obtainable
                ? Optional.empty()
                : Optional.of(
                        new CapacityException("memory budget bytes for the index and headroom", needed, obtainable));
    }

    /** About how much memory is taken by an index that is being loaded; 0 when none is. For any thread. */
    long loadingBytes() {
        return loadingBytes;
    }

    /** Has the loading be given up, if one runs or begins before the claim is closed. By any thread. */
    MemoryClaims.Claim claim(CapacityException refused) {
        return claims.add(refused);
    }

    /** What others want who wait for the loading to be given up; empty when nobody does. For any thread. */
    Optional<CapacityException> claimed() {
        return claims.together();
    }

    /** Whether the last loading was given up for others. */
    boolean isGivenUp() {
        return givenUpFor.isPresent();
    }

    /**
     * What there is not enough of for an index whose loading was given up for others, so that it is tried again when there is; empty when there is enough for both,
     * or it was not given up.
     */
    Optional<CapacityException> refusalAfterGivingUp() {
        return givenUpFor.flatMap(refused -> refusal(refused.requested()));
    }

    /**
     * The index in memory, or paged where it does not fit, unless it left memory for others: then it does not come back before there is headroom beside it. Memory
     * that is not there at first may be once rows have left it.
     *
     * @param beforeRead asked before each piece of at most 4 MiB is read
     * @return empty when it was given up for others: it left memory then, too
     * @throws CapacityException when there is no memory for it in any form
     * @throws io.vexel.base.CorruptionException when what was saved is damaged
     */
    Optional<ActiveIndex> load(IndexSpec spec, Cancellation beforeRead) {
        givenUpFor = Optional.empty();
        long savedBytes = savedBytes(pages.saved().orElseThrow());
        loadingBytes = savedBytes;
        try {
            return Optional.of(loadInSomeForm(spec, () -> {
                giveUpIfClaimed();
                beforeRead.check();
            }));
        } catch (RuntimeException e) {
            if (givenUpFor.isEmpty()) {
                throw e;
            }
            // Thrown by threads that read, perhaps in another one.
            left(savedBytes);
            return Optional.empty();
        } finally {
            loadingBytes = 0;
        }
    }

    private void giveUpIfClaimed() {
        claims.together().ifPresent(refused -> {
            givenUpFor = Optional.of(refused);
            throw new CancellationException("others want the memory that the index is loaded into");
        });
    }

    private ActiveIndex loadInSomeForm(IndexSpec spec, Cancellation beforeRead) {
        if (leftBytes > 0) {
            refusal(0).ifPresent(refused -> {
                throw refused;
            });
            ActiveIndex index = loadIntoMemory(spec, beforeRead);
            leftBytes = 0;
            return index;
        }
        try {
            return loadIntoMemory(spec, beforeRead);
        } catch (CapacityException e) {
            return paged(spec, checkpoint(cancellation), rows.cache(), IndexSpec.Care.CHECKED)
                    .orElseThrow(() -> e);
        }
    }

    private ActiveIndex loadIntoMemory(IndexSpec spec, Cancellation beforeRead) {
        try {
            return inMemory(spec, beforeRead);
        } catch (CapacityException e) {
            if (!rows.relieve(e)) {
                throw e;
            }
            return inMemory(spec, beforeRead);
        }
    }

    /**
     * An index that was in memory just now, or on its way, where it was saved; empty where it was not, or that is not possible.
     *
     * @throws CapacityException when there is no memory even for that
     */
    Optional<ActiveIndex> whereSaved(IndexSpec spec) {
        return pages.saved().isEmpty()
                ? Optional.empty()
                : paged(spec, checkpoint(cancellation), rows.cache(), IndexSpec.Care.AT_SIGHT);
    }

    /**
     * A large index as it was saved, to be used while it is brought into memory; empty where that is not worth it, not possible, or where there is not
     * memory enough.
     *
     * @throws io.vexel.base.CorruptionException when what little of it is looked at is damaged
     */
    Optional<ActiveIndex> walkable(IndexSpec spec) {
        Checkpoint saved = checkpoint(cancellation);
        Optional<IndexedRows.PageCache> cache = spec.isPageable() && leftBytes == 0
                ? rows.cache().forLoading(savedBytes(saved.head))
                : Optional.empty();
        try {
            return cache.flatMap(small -> paged(spec, saved, small, IndexSpec.Care.AT_SIGHT));
        } catch (CapacityException _) {
            // Others took the memory. It is loaded as others are.
            return Optional.empty();
        }
    }

    /** An index that is read page by page, where its kind can do that and there is a pager. The cache is released with it, or when this fails. */
    private Optional<ActiveIndex> paged(
            IndexSpec spec, Checkpoint saved, IndexedRows.PageCache cache, IndexSpec.Care care) {
        Optional<Pager> pager = spec.isPageable() ? cache.pager() : Optional.empty();
        return pager.map(present -> {
            SavedPages pieces = cached(cache, present);
            DerivedIndex index = spec.loadPaged(
                    rows.context(), new IndexSpec.Saved(saved.source, pieces, saved.head.watermark(), care));
            return new ActiveIndex(index, rows, saved.head.watermark(), saved.head.calibration(), settled);
        });
    }

    private SavedPages cached(IndexedRows.PageCache cache, Pager pager) {
        try {
            return pages.cached(cache, pager);
        } catch (RuntimeException | Error e) {
            cache.release();
            throw e;
        }
    }

    private static long savedBytes(CheckpointHead head) {
        return Math.max(1, (long) head.pages().size() * CheckpointSink.PAGE_BYTES);
    }

    /** The last checkpoint. */
    private record Checkpoint(CheckpointHead head, CheckpointSource source) {}

    /** @param beforeRead asked before each piece is read */
    private Checkpoint checkpoint(Cancellation beforeRead) {
        CheckpointHead saved = pages.saved().orElseThrow();
        long rowCount = rows.states().newest().rowCount();
        if (saved.watermark() > rowCount) {
            throw Layout.corrupt(
                    CheckpointHead.NAME, "watermark=" + saved.watermark() + ", allowed: at most rows=" + rowCount);
        }
        return new Checkpoint(saved, pages.source(beforeRead));
    }

    private ActiveIndex inMemory(IndexSpec spec, Cancellation beforeRead) {
        Cancellation goingOn = () -> {
            giveUpIfClaimed();
            cancellation.check();
        };
        Checkpoint saved = checkpoint(beforeRead);
        long watermark = saved.head.watermark();
        DerivedIndex index = spec.load(rows.context(), saved.source);
        try {
            // They would be inserted for a second time. A checkpoint has none; only a damaged one can. What else is
            // taken out are remains of a sweep that was broken off and of insertions that failed.
            AtomicLong above = new AtomicLong();
            rows.reading(() -> index.sweep(ordinal -> isBelow(watermark, ordinal, above), goingOn));
            if (above.get() > 0) {
                throw Layout.corrupt(CheckpointHead.NAME, "rows above the watermark=" + watermark + ": " + above);
            }
            index.forgetBelow(watermark);
            return new ActiveIndex(index, rows, watermark, saved.head.calibration(), settled);
        } catch (RuntimeException | Error e) {
            index.close();
            throw e;
        }
    }

    private static boolean isBelow(long watermark, long ordinal, AtomicLong others) {
        boolean below = ordinal < watermark;
        if (!below) {
            others.incrementAndGet();
        }
        return below;
    }
}
