package io.vexel.collection.indexing;

import io.vexel.base.CapacityException;
import io.vexel.base.ClosedException;
import io.vexel.base.CorruptionException;
import io.vexel.base.Deadline;
import io.vexel.base.DeviceException;
import io.vexel.collection.IndexStatus;
import io.vexel.collection.IndexStatus.Phase;
import io.vexel.index.Cancellation;
import io.vexel.index.DerivedIndex;
import io.vexel.index.IndexSpec;
import io.vexel.index.IndexStatistics;
import io.vexel.index.Patience;
import io.vexel.index.Verification;
import io.vexel.memory.MemoryClaims;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import java.util.function.ToLongFunction;

/**
 * Keeps the index of one collection, from its choice to its end: loads or makes it, has its tail drained, sweeps, saves, replaces.
 *
 * <p>Guarded by {@code control}, one at a time: loading, making, replacing, sweeping, saving, checking, calibrating. {@code life} is held shared by whoever
 * works on the index in the background and alone by {@link #close}. Volatile: {@code active}, {@code choice}, {@code unloaded}, {@code loaded},
 * {@code loading}, {@code closing}. A search enters {@code readers}, then reads {@code active} and its watermark, and only then takes a snapshot: so rows
 * that were passed over below the watermark, because they were dead, are dead in the snapshot too.
 */
public final class IndexKeeper implements Indexers.Work {

    /** With fewer points than this, comparing them all is faster than an index. */
    public static final int LEAST_POINTS = 2_048;

    private static final String STOPPED = "work on the index has stopped: ";
    private static final String UNUSABLE = "the index cannot be used: ";
    private static final String UNREADABLE = "a part of the index cannot be read: ";
    private static final String NOT_LOADED = "the saved index is not loaded yet";

    private static final long BUSY_TAIL = 4_096;

    private final IndexedRows rows;
    private final Indexers indexers;
    private final IndexFiles files;
    private final PageFile pages;
    private final IndexLoader loader;
    private final LoadThread loadThread;
    private final LoadPacing pacing;
    private final IndexSaver saver;
    private final GracePeriod readers = new GracePeriod();
    private final SettledRows settled;
    private final RetiredIndex retired;
    private final IndexTrouble trouble;
    private final IndexControl control;
    private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();
    private volatile Optional<ActiveIndex> active = Optional.empty();
    private volatile IndexChoice choice;
    /** There was no memory to load an index that was saved, or to find out whether there is one. */
    private volatile boolean unloaded;

    private volatile boolean loaded;
    /** The index is used where it was saved until it is in memory. */
    private volatile boolean loading;

    private volatile boolean closing;

    private IndexKeeper(IndexedRows rows, Indexers indexers) {
        this.rows = rows;
        this.indexers = indexers;
        this.control = new IndexControl(indexers);
        this.files = new IndexFiles(rows.files(), rows.directory());
        this.pages = new PageFile(rows.files(), files);
        this.settled = new SettledRows(readers, rows.states(), rows.time());
        this.retired = new RetiredIndex(readers);
        this.trouble = new IndexTrouble(rows, indexers);
        this.loader = new IndexLoader(rows, pages, settled, this::checkOpen);
        this.loadThread = new LoadThread(rows.spec().name(), () -> control.run(this::load));
        this.pacing = new LoadPacing(readers, rows.time());
        this.saver = new IndexSaver(rows.spec().name(), pages);
        this.choice = IndexChoice.defaultFor(rows.spec().metric());
    }

    /** Begins to keep the index of a collection; it is loaded in the background, or when it is first needed. */
    public static IndexKeeper open(IndexedRows rows, Indexers indexers) {
        IndexKeeper keeper = new IndexKeeper(rows, indexers);
        indexers.add(keeper);
        return keeper;
    }

    // ---- searching

    /** What a search has entered: closed by {@link #leaveSearches}. */
    int enterSearches() {
        return readers.enter();
    }

    /** The index that searches use; they have {@linkplain #enterSearches entered} before they ask. */
    Optional<ActiveIndex> used() {
        return active.filter(ActiveIndex::isTrusted);
    }

    /** As {@link IndexLease#distrust}. */
    void distrust(ActiveIndex used, CorruptionException reason) {
        used.distrust(trouble.text(UNUSABLE, reason));
        // In this order: an index that is walked is not the active one any more when the loading is over.
        if (!loading && active.filter(used::equals).isPresent()) {
            trouble.fail(UNUSABLE, reason);
        }
    }

    /** As {@link IndexLease#unreadable}. */
    void reportUnreadable(ActiveIndex used, DeviceException reason) {
        used.reportUnreadable(trouble.text(UNREADABLE, reason));
    }

    /** Tells those who wait for searches that one has left. */
    void leaveSearches(int entered) {
        readers.leave(entered);
        if (settled.left()) {
            indexers.signal();
        }
    }

    /**
     * Enters the index for a search. The snapshot of the search is to be taken after that.
     *
     * @param cancellation asked while the index is being loaded; the loading goes on when this ends the search
     * @throws ClosedException when the collection is being closed while it waits
     */
    public IndexLease enter(Cancellation cancellation) {
        try (Patience patience = new Patience(cancellation)) {
            while (!loaded) {
                checkOpen();
                boolean _ = patience.await(() -> loadThread.await(Patience.MILLIS));
            }
        }
        return new IndexLease(this);
    }

    /** Loads the index into memory, if it is not there and fits. */
    public void awaitLoaded() {
        enter(Cancellation.NONE).close();
        if (loading || unloaded) {
            // Who waits wants to know how it is now.
            trouble.forgetShortage();
            control.run(() -> {
                loadAgain();
                loadWhole();
            });
        }
    }

    // ---- loading and making

    /** With control. */
    private void load() {
        if (!loaded) {
            loadSaved();
            loaded = true;
        }
    }

    private void loadSaved() {
        boolean found = true;
        try {
            choice = files.readChoice().orElse(choice);
            if (choice.spec().isPresent() && pages.open(choice)) {
                IndexSpec spec = choice.spec().get();
                Optional<ActiveIndex> walked = loader.walkable(spec);
                loading = walked.isPresent();
                active = walked.isPresent() ? walked : loader.load(spec, this::checkOpen);
                found = active.isPresent();
            }
        } catch (CapacityException e) {
            // Whether one was saved, and which it is to be, may be among what could not be read.
            found = !e.isAboutMemory();
            trouble.failOrWait(UNUSABLE, e);
        } catch (RuntimeException | Error e) {
            failToLoad(e);
        }
        // Last: until then none is made in its place.
        unloaded = !found;
        afterGivingUp();
    }

    /** With control: has searches use the index where it was saved whose loading was given up for others, where that can be. */
    private void afterGivingUp() {
        if (active.isEmpty() && loader.isGivenUp()) {
            useWhereSaved();
            loader.refusalAfterGivingUp().ifPresent(e -> trouble.failOrWait(UNUSABLE, e));
        }
    }

    /** With control: tries again to load an index that found no memory. Searches compare every row meanwhile, as they did before. */
    private void loadAgain() {
        if (unloaded) {
            loadSaved();
        }
    }

    /** With control: loads the index, and waits until it is in memory if it is to be there and there is memory for it. */
    private void loadWhole() {
        load();
        if (loading && !trouble.hasProblem() && trouble.mayGrow()) {
            endLoading();
        }
    }

    /** Why there is less than the index that was saved, as far as one was; empty when it is in memory, or paged for good. */
    private Optional<String> missing() {
        return trouble.hasProblem() || unloaded || loading
                ? Optional.of(trouble.text().orElse(NOT_LOADED))
                : Optional.empty();
    }

    /**
     * With control: brings an index into memory that is used where it was saved. Searches that use it there go on until they end. Without memory for it in any
     * form, all do, until there is some.
     */
    private void endLoading() {
        Optional<ActiveIndex> walked = active;
        pacing.begin();
        Optional<ActiveIndex> whole = Optional.empty();
        try {
            whole = loader.load(choice.spec().orElseThrow(), this::letSearchesPass);
            if (whole.isEmpty()) {
                loader.refusalAfterGivingUp().ifPresent(e -> trouble.failOrWait(UNUSABLE, e));
                return;
            }
        } catch (CapacityException e) {
            trouble.failOrWait(UNUSABLE, e);
            if (e.isAboutMemory()) {
                return;
            }
        } catch (RuntimeException | Error e) {
            failToLoad(e);
        }
        active = whole;
        loading = false;
        readers.await();
        walked.ifPresent(ActiveIndex::close);
    }

    private void letSearchesPass() {
        checkOpen();
        pacing.letSearchesPass();
    }

    private void checkOpen() {
        if (closing) {
            throw new ClosedException("collection " + rows.spec().name() + " is being closed");
        }
    }

    /** What was broken off because the collection is being closed is no problem of the index. */
    private void failToLoad(Throwable failure) {
        if (closing && failure instanceof ClosedException closed) {
            throw closed;
        }
        trouble.fail(UNUSABLE, failure);
    }

    private boolean isToBeMade() {
        return loaded
                && !unloaded
                && active.isEmpty()
                && !trouble.hasProblem()
                && choice.spec().isPresent()
                && rows.states().newest().liveCount() >= LEAST_POINTS;
    }

    /** With control. */
    private void make() {
        if (isToBeMade()) {
            long[] sample = Samples.of(rows.states().newest(), rows.spec().dimension());
            IndexSpec spec = choice.spec().orElseThrow();
            loader.forget();
            DerivedIndex index = rows.reading(() -> spec.create(rows.context(), sample));
            active = Optional.of(new ActiveIndex(index, rows, 0, Optional.empty(), settled));
        }
    }

    // ---- work in the background

    /** Tells that there is a newer state. */
    public void published() {
        if (!rows.readOnly() && (active.isPresent() || isToBeMade())) {
            indexers.signal();
        }
    }

    @Override
    public boolean step() {
        if (closing || !life.readLock().tryLock()) {
            return false;
        }
        Optional<ActiveIndex> before = active;
        try {
            boolean worked = !closing && (freeRetired() || (!trouble.hasProblem() && work()));
            if (worked) {
                indexers.signal();
            }
            return worked;
        } catch (CapacityException e) {
            if (closing || rows.relieve(e)) {
                indexers.signal();
                return true;
            }
            if (before.equals(active)) {
                trouble.failOrWait(STOPPED, e);
            }
            return false;
        } catch (RuntimeException | Error e) {
            fail(before, e);
            return false;
        } finally {
            life.readLock().unlock();
        }
    }

    /** What an index that was replaced meanwhile could not do is of no interest any more. */
    private void fail(Optional<ActiveIndex> workedOn, Throwable failure) {
        if (!closing && workedOn.equals(active)) {
            trouble.fail(STOPPED, failure);
        }
    }

    @Override
    public boolean looksAgain() {
        return trouble.hasShortage() || settled.isAwaited() || retired.isPresent();
    }

    private boolean work() {
        if (!loaded) {
            return !rows.readOnly() && control.tryRun(this::load);
        }
        boolean mayGrow = trouble.mayGrow();
        if (loading) {
            return mayGrow && control.tryRun(this::loadWhole);
        }
        if (unloaded) {
            return mayGrow && control.tryRun(this::loadAgain);
        }
        if (rows.readOnly()) {
            return false;
        }
        if (isToBeMade()) {
            return mayGrow && control.tryRun(this::make);
        }
        Optional<ActiveIndex> present = active;
        if (present.isEmpty()) {
            return false;
        }
        if (saver.isDue(present.get())
                && control.tryRun(() -> active.ifPresent(index -> saver.saveIfDue(index, choice)))) {
            return true;
        }
        if (present.get().isSweepDue(mayGrow) && control.tryRun(this::sweep)) {
            return true;
        }
        return present.get().drain(mayGrow)
                || (mayGrow && present.get().isCalibrationDue() && control.tryRun(this::calibrate));
    }

    private boolean freeRetired() {
        return retired.isDue() && control.tryRun(() -> afterRetiring(0));
    }

    private void sweep() {
        // Looked up again, and with control: it may have been replaced meanwhile.
        boolean grows = !trouble.hasShortage();
        Optional<ActiveIndex> present = active.filter(index -> index.isSweepDue(grows));
        if (present.isPresent()) {
            // Searches that began earlier may work on an older state, in which some of the rows are alive.
            if (present.get().sweep(grows, settled::await)) {
                // There are places now that rows can take without more memory.
                trouble.forgetShortage();
            }
        }
    }

    private void calibrate() {
        Optional<ActiveIndex> present = active.filter(ActiveIndex::isCalibrationDue);
        // As a search: the rows of its state are not taken over by others meanwhile.
        int entered = readers.enter();
        boolean measured;
        try {
            measured = present.isPresent() && present.get().calibrate(control::giveWay);
        } finally {
            leaveSearches(entered);
        }
        if (measured) {
            saver.saveCalibration(present.get());
        }
    }

    // ---- saving

    /**
     * Saves the index when something in it has changed; durable when it returns.
     *
     * @throws io.vexel.base.AccessException on a volume opened read-only
     */
    public void checkpoint() {
        rows.checkWritable();
        control.run(() -> {
            loadWhole();
            if (isWorthSaving()) {
                saver.save(active.orElseThrow(), choice);
            }
        });
    }

    // ---- rows that are given up

    /**
     * Sees to it that no row which is dead now is in the index, neither in memory nor saved, and no search still passes through one. Where there is no
     * room for a new checkpoint, the last one is given up instead.
     *
     * @return why that cannot be; empty when it is so
     */
    public Optional<String> retireDead() {
        rows.checkWritable();
        return control.get(() -> {
            loadWhole();
            Optional<String> obstacle = obstacle();
            if (obstacle.isPresent()) {
                return obstacle;
            }
            if (active.isPresent()) {
                ActiveIndex index = active.get();
                // The state comes first: who changes the index after the pause goes by it or by a later one.
                IndexedRows.State state = rows.states().newest();
                settled.await(state);
                // So that rows which were moved take over places that would be taken out otherwise.
                index.drainTo(state.rowCount());
                index.endChanges();
                index.takeOut(state, this::checkOpen);
                trouble.forgetShortage();
                saver.saveWithoutDead(index, choice);
            }
            readers.await();
            return Optional.empty();
        });
    }

    /** Why {@link #retireDead} cannot do that as the index is now; empty when it can. */
    public Optional<String> obstacle() {
        return missing()
                .or(
                        () -> active.filter(ActiveIndex::isPaged)
                                .map(
                                        _ -> "collection " + rows.spec().name()
                                                + ": the index is paged, so dead rows cannot be taken out of it; open it with more memory"));
    }

    /** Whether it is not in memory, though it is saved: there was too little, or it is on its way. */
    public boolean lacksMemory() {
        boolean paged = active.filter(ActiveIndex::isPaged).isPresent();
        return loaded && (unloaded || loading || paged) && !trouble.hasProblem();
    }

    /** Returns when everybody who works on the index, or searches it, on what was there before the call has ended. */
    public void awaitUsers() {
        control.run(() -> active.ifPresent(ActiveIndex::endChanges));
        readers.await();
    }

    /** True while there is so much to do for the index that nothing should be added to it. */
    public boolean isBusy() {
        // Work that waits for memory may wait for what a compaction gives back.
        boolean drains = active.filter(index -> !index.isPaged()).isPresent();
        boolean grows = !trouble.hasShortage();
        boolean works = grows && (loading || (drains && tailRows() > BUSY_TAIL));
        return !loaded
                || (!trouble.hasProblem()
                        && (works
                                || active.filter(index -> index.isSweepDue(grows))
                                        .isPresent()));
    }

    // ---- giving way

    /** About how many bytes {@link #narrow} would give back. */
    public long sparableBytes() {
        return counted(DerivedIndex::sparableBytes);
    }

    /** Bytes that {@link #leaveMemory} would give back. */
    public long memoryBytes() {
        return retired.bytes() + counted(index -> index.isPaged() ? 0 : index.memoryBytes());
    }

    private long counted(ToLongFunction<DerivedIndex> bytes) {
        try (IndexLease lease = new IndexLease(this)) {
            return lease.index().map(bytes::applyAsLong).orElse(0L);
        }
    }

    /** About how many bytes {@link #stopLoading} would give back. */
    public long loadingBytes() {
        return loader.loadingBytes();
    }

    /**
     * Has the loading of the index be given up for somebody who was refused memory and cannot do without; searches use it as one that {@linkplain #leaveMemory left
     * memory}. By a thread that holds no lock further down; waits for who loads it a while.
     *
     * @return whether nobody loads it any more
     */
    public boolean stopLoading(CapacityException refused, Deadline deadline) {
        try (MemoryClaims.Claim _ = loader.claim(refused)) {
            return control.testWithin(deadline.leftMillis(), () -> true);
        }
    }

    /** What those were refused who wait for the loading to be given up; empty when nobody does. */
    Optional<CapacityException> claimed() {
        return loader.claimed();
    }

    /** Has the index become smaller for others; false when it cannot. By a thread that holds no lock further down; waits for inserts and searches. */
    public boolean narrow(Deadline deadline) {
        return control.testWithin(
                deadline.leftMillis(), () -> active.filter(ActiveIndex::narrow).isPresent());
    }

    /**
     * Has the index leave memory for somebody who was refused some and cannot do without. It is saved; searches use it where it was saved, or compare every
     * row, until there is memory for it again and headroom beside it. By a thread that holds no lock further down; waits for searches a while.
     *
     * @param relieved whether others have given enough, perhaps while this waited for control: then it stays, and the answer is true
     * @return false when it is not in memory, is wanted by others, or {@linkplain IndexSaver#saveToLeave could not be saved}; then, too, when searches are still in it,
     *     whose end frees its memory
     */
    public boolean leaveMemory(CapacityException refused, BooleanSupplier relieved, Deadline deadline) {
        return control.testWithin(deadline.leftMillis(), () -> {
            if (relieved.getAsBoolean()) {
                return true;
            }
            if (retired.isPresent()) {
                afterRetiring(deadline.leftMillis());
                return !retired.isPresent();
            }
            Optional<ActiveIndex> leaving = active.filter(index -> !index.isPaged());
            if (leaving.isEmpty() || closing || (isWorthSaving() && !saver.saveToLeave(leaving.get(), choice))) {
                return false;
            }
            leave(leaving.get(), refused, deadline);
            return !retired.isPresent();
        });
    }

    /** With control. */
    private void leave(ActiveIndex index, CapacityException refused, Deadline deadline) {
        loader.left(Math.max(1, index.memoryBytes() - index.index().sparableBytes()));
        unloaded = true;
        active = Optional.empty();
        retired.take(index);
        afterRetiring(deadline.leftMillis());
        loader.refusal(refused.requested()).ifPresent(e -> trouble.failOrWait(UNUSABLE, e));
    }

    /** With control: frees what the index had, if searches have left it, and has them use it where it was saved, if it was and that can be. */
    private void afterRetiring(long millis) {
        if (retired.free(millis) && unloaded && !trouble.hasProblem()) {
            useWhereSaved();
        }
    }

    private void useWhereSaved() {
        try {
            Optional<ActiveIndex> walked = loader.whereSaved(choice.spec().orElseThrow());
            loading = walked.isPresent();
            unloaded = walked.isEmpty();
            active = walked;
        } catch (CapacityException _) {
            // Searches compare every row.
        } catch (RuntimeException e) {
            trouble.fail(UNUSABLE, e);
        }
    }

    // ---- waiting

    /**
     * Works until every row that is durable now is in the index and the index knows its recall, together with the background threads, or
     * until that cannot be: there is to be no index, there are too few points, there is a problem, the collection is being closed.
     */
    public void awaitIndexed() {
        rows.checkWritable();
        enter(Cancellation.NONE).close();
        // Who waits wants to know how it is now.
        trouble.forgetShortage();
        long rowCount = rows.states().newest().rowCount();
        boolean interrupted = false;
        while (isBehind(rowCount)) {
            long seen = indexers.signals();
            if (!step() && isBehind(rowCount)) {
                interrupted |= indexers.awaitSignal(seen, settled.isAwaited());
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isBehind(long rowCount) {
        boolean works = !closing && !trouble.hasProblem() && !trouble.hasShortage();
        return works
                && (isToBeMade()
                        || unloaded
                        || loading
                        || active.map(index ->
                                        (index.watermark() < rowCount && !index.isPaged()) || index.isCalibrationDue())
                                .orElse(false));
    }

    // ---- replacing

    /**
     * Gives the collection another index; what there was is gone. It is made when there are points enough.
     *
     * @param spec empty: none
     * @throws IllegalArgumentException when the kind does not support the collection's metric
     */
    public void replace(Optional<IndexSpec> spec) {
        rows.checkWritable();
        spec.ifPresent(wanted -> wanted.checkSupports(rows.spec().metric()));
        control.run(() -> {
            load();
            replaceLocked(new IndexChoice(spec));
        });
    }

    /** Makes the index anew from the rows. */
    public void rebuild() {
        rows.checkWritable();
        control.run(() -> {
            load();
            // Memory may have been too little to know it.
            replaceLocked(unloaded ? files.readChoice().orElse(choice) : choice);
        });
    }

    private void replaceLocked(IndexChoice wanted) {
        Optional<ActiveIndex> old = active;
        boolean paged = old.filter(ActiveIndex::isPaged).isPresent();
        if (paged) {
            // Its pages are read from the file that is about to be removed.
            active = Optional.empty();
            loading = false;
            readers.await();
            old.get().close();
        }
        try {
            files.replace(wanted);
        } catch (CapacityException e) {
            // Nothing has changed: what there was goes on, or is loaded again.
            unloaded |= paged;
            throw e;
        } catch (RuntimeException e) {
            old.ifPresent(ActiveIndex::stop);
            trouble.fail(STOPPED, e);
            throw e;
        }
        old.ifPresent(ActiveIndex::stop);
        pages.forget();
        choice = wanted;
        active = Optional.empty();
        trouble.forgetShortage();
        unloaded = false;
        loader.forget();
        saver.forget();
        if (old.isPresent() && !old.get().isPaged()) {
            readers.await();
            old.get().close();
        }
        // Last: a search that used the old one may have found a problem with it until it left.
        trouble.forgetProblem();
    }

    // ---- looking

    /**
     * Checks what is saved and what is in memory.
     *
     * @throws CapacityException when there is no memory to load what was saved
     * @throws DeviceException when that could not be read
     */
    public Verification verify() {
        return control.get(() -> {
            if (unloaded || loading) {
                // Who checks wants to know how it is now.
                trouble.forgetShortage();
            }
            loadAgain();
            loadWhole();
            Optional<String> missing = missing();
            if (missing.isPresent()) {
                trouble.throwIfUnread();
                return new Verification(0, List.of(missing.get()), 1);
            }
            try {
                pages.check();
            } catch (CorruptionException e) {
                return new Verification(0, List.of(e.getMessage()), 1);
            }
            return active.map(ActiveIndex::verify).orElse(new Verification(0, List.of(), 0));
        });
    }

    /** Rows that are not in the index. */
    public long tailRows() {
        try (IndexLease lease = new IndexLease(this)) {
            return rows.states().newest().rowCount() - lease.watermark();
        }
    }

    /** How it stands. Counting links takes a look at every row of the index. */
    public IndexStatus status() {
        try (IndexLease lease = new IndexLease(this)) {
            IndexStatistics statistics =
                    lease.active().map(ActiveIndex::statistics).orElse(IndexStatistics.NONE);
            return new IndexStatus(
                    choice.kind(),
                    choice.options(),
                    lease.active().isPresent() ? loading ? Phase.LOADING : Phase.ACTIVE : phaseWithoutIndex(),
                    statistics.rows(),
                    rows.states().newest().rowCount() - lease.watermark(),
                    statistics.memoryBytes(),
                    statistics.freePlaces(),
                    statistics.links(),
                    lease.index().flatMap(DerivedIndex::layout),
                    saver.status(lease.active(), files::allocatedBytes),
                    lease.calibration(),
                    trouble.shortage(),
                    trouble.problem().or(saver::problem).or(() -> active.flatMap(ActiveIndex::problem)));
        }
    }

    private Phase phaseWithoutIndex() {
        if (!loaded || trouble.hasProblem()) {
            return loaded ? Phase.UNUSABLE : Phase.UNLOADED;
        }
        return loading ? Phase.LOADING : unloaded || trouble.hasShortage() ? Phase.WAITING : Phase.NONE;
    }

    // ---- ending

    /** Lets whoever waits for the index go on, before the collection is closed. */
    public void beginClose() {
        closing = true;
        indexers.signal();
    }

    /** Saves the index and frees its memory, after the last search has left. */
    public void close() {
        end();
        try {
            if (isWorthSaving()) {
                saver.saveAtTheEnd(active.orElseThrow(), choice);
            }
        } finally {
            free();
        }
    }

    private boolean isWorthSaving() {
        return rows.files().isWritable()
                && active.filter(ActiveIndex::isWorthSaving).isPresent();
    }

    /** Frees the memory of the index of a collection that is about to be removed. */
    public void discard() {
        end();
        free();
    }

    private void end() {
        beginClose();
        active.ifPresent(ActiveIndex::stop);
        indexers.remove(this);
        loadThread.end();
        life.writeLock().lock();
        control.beginEnd();
    }

    private void free() {
        try {
            retired.close();
            active.ifPresent(ActiveIndex::close);
            active = Optional.empty();
        } finally {
            control.end();
            life.writeLock().unlock();
        }
    }
}
