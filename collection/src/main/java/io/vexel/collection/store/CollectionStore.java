package io.vexel.collection.store;

import io.vexel.base.AccessException;
import io.vexel.base.CapacityException;
import io.vexel.base.ClosedException;
import io.vexel.base.CorruptionException;
import io.vexel.base.NotFoundException;
import io.vexel.collection.CollectionSpec;
import io.vexel.collection.CompactionProgress;
import io.vexel.collection.CompactionResult;
import io.vexel.collection.Payload;
import io.vexel.collection.PayloadIndexStatistics;
import io.vexel.collection.Point;
import io.vexel.collection.PointId;
import io.vexel.collection.VectorData;
import io.vexel.collection.indexing.GracePeriod;
import io.vexel.collection.indexing.IndexKeeper;
import io.vexel.collection.indexing.IndexLease;
import io.vexel.collection.indexing.IndexedRows;
import io.vexel.collection.payload.PayloadIndexes;
import io.vexel.filesystem.Transaction;
import io.vexel.index.Cancellation;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One collection on a volume.
 *
 * <p>A write goes through four steps. <em>Check</em>, without a lock. <em>Apply</em>, under the write lock: make room in memory, describe the
 * batch as bytes, append them to the three files in one transaction, then install them in the id index. <em>Await</em>, without a
 * lock, so that many threads share a flush. <em>Publish</em>: the state with the batch becomes the snapshot that readers take, unless a
 * newer one was published already. Commits become durable in their order, so everything a published snapshot holds is durable.
 *
 * <p>When the transaction fails nothing in memory has changed but room. When the commit fails the volume is poisoned: the id
 * index is ahead of the snapshot then and stays so, and readers keep seeing the last durable state.
 *
 * <p>Guarded by {@code writeLock}: {@code index} for changes, the sizes of the files, {@code applied}. Guarded by {@code idLock}: the id map inside
 * {@code index}. Volatile: {@code published}, and {@code spec}, of which only the payload indexes change.
 */
public final class CollectionStore implements AutoCloseable {

    private static final int FRAME_CAPACITY = 64;

    /** So many puts and deletions beside one and a half a point do not make it worth it to write the id log anew. */
    private static final int SPARED_OPERATIONS = 1_024;

    private final StoreContext context;
    private volatile CollectionSpec spec;
    private final CollectionFiles files;
    private final long createdMillis;
    private final OperationGate gate;
    private final ReentrantLock writeLock = new ReentrantLock();
    private final ReentrantReadWriteLock idLock = new ReentrantReadWriteLock();
    private final IdIndex index;
    private final VectorChunks vectors;
    private final IndexKeeper keeper;
    private final PayloadIndexes payloadIndexes;
    private final PayloadIndexChanges payloadIndexChanges;
    private final SampledShares sampledShares = new SampledShares();
    private final GracePeriod readers = new GracePeriod();
    private final HeldStates states;
    private final Compactor compactor;
    private final DerivedMemory.Holder derived;
    private volatile Snapshot published;
    private Snapshot applied;
    private boolean diverged;
    private long appliedCommit;
    private long idBytes;
    private long payloadBytes;
    private Manifest manifest;

    private CollectionStore(StoreContext context, CollectionFiles files, Manifest manifest, IdIndex index) {
        this.context = context;
        this.manifest = manifest;
        this.files = files;
        this.spec = manifest.spec();
        this.createdMillis = manifest.createdMillis();
        this.gate = new OperationGate("collection " + spec.name());
        this.index = index;
        idBytes = context.files().stat(files.ids()).size();
        payloadBytes = context.files().stat(files.payloads()).size();
        this.vectors = new VectorChunks(context, files.vectors(), spec, readers);
        this.payloadIndexes = new PayloadIndexes(spec.indexes(), context.budget());
        this.payloadIndexChanges = new PayloadIndexChanges(this, payloadIndexes);
        applied = new Snapshot(0, index.rowCount(), index.version(), index.liveCount(), idBytes);
        published = applied;
        states = new HeldStates(index.floor());
        index.forgetBehindFloor();
        vectors.giveUp(index.rows()::isGivenUp, index.rowCount());
        keeper = IndexKeeper.open(indexedRows(), context.indexers());
        compactor = new Compactor(this, keeper);
        derived = DerivedMemory.Holder.of(this::whileOpen, payloadIndexes, keeper);
        context.derived().add(derived);
        if (!context.readOnly()) {
            context.indexers().add(compactor);
        }
    }

    private IndexedRows indexedRows() {
        return new IndexedRows(
                spec,
                context.files(),
                files.directory(),
                context.readOnly(),
                context.budget(),
                context.time(),
                new SingleRows(vectors, () -> published.rowCount(), readers),
                context.chunks()::awaitRelief,
                context.pager(),
                () -> {
                    Snapshot newest = published;
                    return new IndexedRows.State(
                            newest.rowCount(), newest.liveCount(), rows().visibleAt(newest.version()));
                },
                row -> rows().previous((int) row));
    }

    /** Opens the collection in a directory; reads its id log into an empty index, which is closed when that cannot be. */
    static CollectionStore open(StoreContext context, long directory, IdIndex index) {
        try {
            var files = CollectionFiles.find(context.files(), directory);
            var manifest = files.readManifest(context.files());
            IdLogLoader.load(context.files(), files, manifest.spec().rowBytes(), index);
            return new CollectionStore(context, files, manifest, index);
        } catch (RuntimeException | Error e) {
            index.close();
            throw e;
        }
    }

    /** Name, dimension and metric. */
    public CollectionSpec spec() {
        return spec;
    }

    /** When it was made, in milliseconds since the epoch. */
    public long createdMillis() {
        return createdMillis;
    }

    CollectionFiles files() {
        return files;
    }

    /** The newest durable state. */
    public Snapshot snapshot() {
        return published;
    }

    /**
     * Opens a view of the newest durable state.
     *
     * @throws io.vexel.base.ClosedException after close
     */
    public ReadView view() {
        gate.enter();
        return new ReadView(this, readers.enter(), () -> published, Optional.empty());
    }

    /**
     * Opens a view of the newest durable state that may use the index.
     *
     * @param cancellation asked while the index is being loaded
     */
    public ReadView searchView(Cancellation cancellation) {
        context.chunks().poll();
        gate.enter();
        try {
            IndexLease lease = keeper.enter(cancellation);
            return new ReadView(this, readers.enter(), () -> published, Optional.of(lease));
        } catch (RuntimeException | Error e) {
            gate.leave();
            throw e;
        }
    }

    /**
     * Does something with the index, while the collection stays open.
     *
     * @throws io.vexel.base.ClosedException after close
     */
    public <T> T withIndex(Function<IndexKeeper, T> work) {
        gate.enter();
        try {
            return work.apply(keeper);
        } finally {
            gate.leave();
        }
    }

    /**
     * Opens a view of an older state, and holds the state for a while.
     *
     * @throws IllegalArgumentException when there was never such a state
     * @throws NotFoundException when rows that it has were given up since
     */
    public ReadView view(long rowCount, long version) {
        gate.enter();
        Snapshot newest = published;
        if (rowCount > newest.rowCount() || version > newest.version()) {
            gate.leave();
            throw new IllegalArgumentException("state with rows=" + rowCount + " and version=" + version
                    + ", allowed: rows up to " + newest.rowCount() + " and version up to " + newest.version());
        }
        int entered = readers.enter();
        if (!states.goOn((int) version, context.time().nanoTime())) {
            leave(entered);
            throw new NotFoundException("the state with rows=" + rowCount + " and version=" + version
                    + " is gone: collection " + spec.name() + " was compacted since, and no scan had gone on for "
                    + HeldStates.HOLD_MINUTES + " minutes; scan from the start again");
        }
        Snapshot state =
                new Snapshot(newest.sequence(), (int) rowCount, (int) version, newest.liveCount(), newest.idBytes());
        return new ReadView(this, entered, () -> state, Optional.empty());
    }

    /** Holds a state, so that a scan that began on it can go on; false when it is gone already. */
    public boolean beginScan(long version) {
        return states.begin((int) version, context.time().nanoTime());
    }

    /** A scan that went on has come to its end. */
    public void endScan(long version) {
        states.end((int) version);
    }

    void leave(int entered) {
        readers.leave(entered);
        gate.leave();
    }

    /** Where views enter, and whoever else uses addresses of rows. */
    GracePeriod readers() {
        return readers;
    }

    RowTable rows() {
        return index.rows();
    }

    VectorChunks vectors() {
        return vectors;
    }

    PayloadIndexes payloadIndexes() {
        return payloadIndexes;
    }

    SampledShares sampledShares() {
        return sampledShares;
    }

    /** Adds and removes payload indexes. */
    public PayloadIndexChanges payloadIndexChanges() {
        return payloadIndexChanges;
    }

    /** Replaces the manifest; durable when it returns. What the collection is in memory stays as it is. */
    void declare(CollectionSpec after) {
        long commit;
        writeLock.lock();
        try {
            checkWritable();
            Manifest next = manifest.with(after);
            commit = context.files().apply(transaction -> files.writeManifest(transaction, next));
            manifest = next;
        } finally {
            writeLock.unlock();
        }
        context.files().awaitDurable(commit);
    }

    /**
     * Makes a declared change count in memory, while nobody writes.
     *
     * @param change is given the state with every batch that was installed; who is dead in it is told as of the published state, which readers have
     */
    void install(CollectionSpec after, Consumer<PayloadIndexes.State> change) {
        writeLock.lock();
        try {
            gate.enter();
            try (ReadView view = new ReadView(this, readers.enter(), this::installedState, Optional.empty())) {
                change.accept(view.indexState());
            }
            spec = after;
        } finally {
            writeLock.unlock();
        }
    }

    private Snapshot installedState() {
        Snapshot newest = published;
        return new Snapshot(
                applied.sequence(), applied.rowCount(), newest.version(), newest.liveCount(), newest.idBytes());
    }

    /** Counted facts of the payload indexes. */
    public PayloadIndexStatistics payloadIndexStatistics() {
        return payloadIndexes.statistics();
    }

    StoreContext context() {
        return context;
    }

    // ---- compaction

    /**
     * Gives back the space of dead rows as far as it is worth it, on this thread; other writers and searches go on.
     *
     * @throws AccessException on a volume opened read-only
     * @throws io.vexel.base.ConflictException when the index of the collection has to be mended first
     * @throws CapacityException when there is no room to move anything
     */
    public CompactionResult compact(CompactionProgress progress) {
        if (context.readOnly()) {
            throw new AccessException("the volume was opened read-only");
        }
        gate.enter();
        try {
            return compactor.run(progress);
        } finally {
            gate.leave();
        }
    }

    /** Why the last compaction in the background ended early; empty when it did not. */
    public Optional<String> compactionProblem() {
        return compactor.problem();
    }

    /** Bytes that vectors and payloads of live points take. */
    long liveBytes() {
        idLock.readLock().lock();
        try {
            return (long) index.liveCount() * spec.rowBytes() + index.livePayloadBytes();
        } finally {
            idLock.readLock().unlock();
        }
    }

    /** Dead rows of the published state that were not given up together with all of their block. */
    public long deadRows() {
        Snapshot state = published;
        return Math.max(0, state.deadRows() - index.rows().givenUpRows());
    }

    /** Bytes of blocks that hold vectors and payloads of dead rows and of nothing else, or share these with live ones. */
    public long deadBytes() {
        return Math.max(0, DeadSpace.takenBytes(context.files(), files) - liveBytes());
    }

    /** Does it unless the collection is being closed; then the answer is false. */
    boolean whileOpen(BooleanSupplier work) {
        try {
            gate.enter();
        } catch (ClosedException e) {
            return false;
        }
        try {
            return work.getAsBoolean();
        } finally {
            gate.leave();
        }
    }

    /** What the floor could be raised to now: a published version, or the least that a scan holds. */
    int floorLimit(int version) {
        return states.limit(version, context.time().nanoTime());
    }

    /** Raises the floor, in memory, as far as {@link #floorLimit} says; returns it. */
    int raiseFloor(int version) {
        return states.raise(version, context.time().nanoTime());
    }

    /**
     * Puts points that stand in rows of this collection again, as they are. Those that were replaced or deleted meanwhile are left out.
     *
     * @param ordinals the row of each point, visible in a published state
     */
    AppliedWrite putAgain(List<Point> points, List<Integer> ordinals) {
        writeLock.lock();
        try {
            checkWritable();
            List<Point> batch = new ArrayList<>(points.size());
            for (int i = 0; i < points.size(); i++) {
                if (index.rows().isAlive(ordinals.get(i))) {
                    batch.add(points.get(i));
                }
            }
            // Their ids are known, texts too.
            return put(batch, 0, 0);
        } finally {
            writeLock.unlock();
        }
    }

    /** Forgets the rows that were given up, a block at a time. Nobody looks at a state below the floor any more. */
    void forgetGivenUp() {
        for (int next = rows().nextToForget(0); next >= 0; next = rows().nextToForget(next)) {
            int block = next;
            writeLock.lock();
            try {
                changingIds(() -> index.forget(block));
            } finally {
                writeLock.unlock();
            }
        }
    }

    /**
     * Gives back the blocks that lie wholly in the ranges, and raises the floor on the volume where it is lower, in one transaction.
     *
     * @param floor every row with bytes in the ranges died at it or before
     */
    AppliedWrite makeHoles(int floor, List<FileRange> ranges) {
        writeLock.lock();
        try {
            checkWritable();
            ByteSink frames = new ByteSink(FRAME_CAPACITY);
            if (floor > index.floor()) {
                IdFrameWriter writer = new IdFrameWriter(frames, idBytes, index.rowCount());
                writer.floor(floor);
                writer.finish();
            }
            Manifest compacted = manifest.withFloor();
            long commit = context.files().apply(transaction -> {
                markCompacted(transaction, compacted);
                if (frames.size() > 0) {
                    transaction.write(files.ids(), idBytes, frames.segment());
                }
                ranges.forEach(range -> transaction.discard(range.inode(), range.offset(), range.length()));
            });
            install(frames, 0, commit);
            manifest = compacted;
            return new AppliedWrite(0, 0, 0, commit, applied);
        } finally {
            writeLock.unlock();
        }
    }

    private void markCompacted(Transaction transaction, Manifest compacted) {
        if (!manifest.compacted()) {
            files.writeManifest(transaction, compacted);
        }
    }

    /** True when much of what the id log says is about rows that are dead. */
    boolean isIdLogDue() {
        idLock.readLock().lock();
        try {
            return index.operations() > SPARED_OPERATIONS + 3L * index.liveCount() / 2;
        } finally {
            idLock.readLock().unlock();
        }
    }

    /**
     * Writes the id log anew, in one transaction, unless it would not be much smaller or is very large.
     *
     * @param state one that was published, whose version the floor is
     * @return what to await; empty when nothing was done
     */
    Optional<AppliedWrite> rewriteIds(Snapshot state) {
        IdLogRewriter rewriter = new IdLogRewriter(index.rows());
        if (!rewriter.writeState(state)) {
            return Optional.empty();
        }
        writeLock.lock();
        try {
            checkWritable();
            // Writes that came after the state, few as a rule.
            byte[] later = new byte[Math.toIntExact(idBytes - state.idBytes())];
            context.files().read(files.ids(), state.idBytes(), MemorySegment.ofArray(later));
            rewriter.append(later, state.idBytes(), state);
            ByteSink frames = rewriter.frames();
            if (frames.size() >= idBytes) {
                return Optional.empty();
            }
            Manifest compacted = manifest.withFloor();
            long commit = context.files().apply(transaction -> {
                markCompacted(transaction, compacted);
                transaction.write(files.ids(), 0, frames.segment());
                transaction.truncate(files.ids(), frames.size());
            });
            idBytes = frames.size();
            install(new ByteSink(FRAME_CAPACITY), 0, commit);
            manifest = compacted;
            changingIds(() -> index.writtenAnew(state.version()));
            return Optional.of(new AppliedWrite(0, 0, 0, commit, applied));
        } finally {
            writeLock.unlock();
        }
    }

    private void changingIds(Runnable change) {
        idLock.writeLock().lock();
        try {
            change.run();
        } finally {
            idLock.writeLock().unlock();
        }
    }

    /** The newest row of the id, published or not, or {@link RowTable#NONE}. */
    int newestRow(PointId id) {
        idLock.readLock().lock();
        try {
            return index.find(id);
        } finally {
            idLock.readLock().unlock();
        }
    }

    int readPayloads(long offset, MemorySegment target, int least) {
        long got = context.files().read(files.payloads(), offset, target);
        if (got < least) {
            throw new CorruptionException(
                    CorruptionException.NO_BLOCK,
                    "payloads: the file ends at byte " + (offset + got) + ", expected at least " + (offset + least));
        }
        return (int) got;
    }

    /** Bytes of memory that hold vectors. */
    public long residentVectorBytes() {
        return vectors.residentBytes();
    }

    /** Sizes of the files now, durable or not. */
    public StoredSizes sizes() {
        gate.enter();
        try {
            return StoredSizes.of(context.files(), files);
        } finally {
            gate.leave();
        }
    }

    /**
     * Checks and applies a batch of puts.
     *
     * @throws IllegalArgumentException when a point is not allowed here; nothing is stored
     */
    public AppliedWrite upsert(List<Point> points) {
        List<Point> batch = List.copyOf(points);
        BatchChecks.checkVectors(spec, batch);
        List<PointId> ids = new ArrayList<>(batch.size());
        int texts = 0;
        long textBytes = 0;
        for (Point point : batch) {
            ids.add(point.id());
            if (point.id() instanceof PointId.Text text) {
                texts++;
                textBytes += text.byteLength();
            }
        }
        BatchChecks.checkDistinct(ids, index::hash);
        int newTexts = texts;
        long newTextBytes = textBytes;
        gate.enter();
        try {
            return context.derived().retrying(() -> put(batch, newTexts, newTextBytes));
        } finally {
            gate.leave();
        }
    }

    private AppliedWrite put(List<Point> batch, int texts, long textBytes) {
        writeLock.lock();
        try {
            checkWritable();
            if (batch.isEmpty()) {
                return new AppliedWrite(0, 0, 0, appliedCommit, applied);
            }
            changingIds(() -> index.ensure(batch.size(), texts, textBytes));
            return applyPuts(batch);
        } finally {
            writeLock.unlock();
        }
    }

    /**
     * Puts points again with other payloads and the vectors that they have, in one batch and in the order of the map. Another write of one of them comes before or after.
     *
     * @throws NotFoundException when there is no point with one of the ids; nothing is stored
     */
    public AppliedWrite setPayloads(Map<PointId, Payload> payloads) {
        gate.enter();
        try {
            return context.derived().retrying(() -> putPayloads(payloads));
        } finally {
            gate.leave();
        }
    }

    private AppliedWrite putPayloads(Map<PointId, Payload> payloads) {
        writeLock.lock();
        try {
            checkWritable();
            List<Point> batch = new ArrayList<>(payloads.size());
            int entered = readers.enter();
            try {
                payloads.forEach((id, payload) -> batch.add(new Point(id, vector(id), Optional.of(payload))));
            } finally {
                readers.leave(entered);
            }
            // Their ids are known, texts too.
            return put(batch, 0, 0);
        } finally {
            writeLock.unlock();
        }
    }

    /** The vector of the newest row of a point, published or not. With the write lock, among the readers. */
    private VectorData vector(PointId id) {
        int row = index.find(id);
        if (row == RowTable.NONE || !index.rows().isAlive(row)) {
            throw new NotFoundException("there is no point " + id + " in collection " + spec.name());
        }
        MemorySegment vector = MemorySegment.ofArray(new byte[spec.rowBytes()]);
        vectors.readRows(row, vector, published.rowCount());
        return VectorData.read(spec.elementType(), vector, 0, spec.dimension());
    }

    /** Throws what a write would throw before it begins. */
    void requireWritable() {
        writeLock.lock();
        try {
            checkWritable();
        } finally {
            writeLock.unlock();
        }
    }

    private void checkWritable() {
        if (context.readOnly()) {
            throw new AccessException("the volume was opened read-only");
        }
        if (diverged) {
            throw new ClosedException("collection " + spec.name()
                    + " takes no writes: memory does not follow the volume after an earlier error; reopen the volume");
        }
    }

    private AppliedWrite applyPuts(List<Point> batch) {
        int first = index.rowCount();
        BatchPayloads payloads = new BatchPayloads(batch, first);
        payloads.requireRoom(payloadBytes);
        ByteSink frames = new ByteSink(FRAME_CAPACITY + batch.size());
        IdFrameWriter writer = new IdFrameWriter(frames, idBytes, first);
        batch.forEach(point -> writer.put(point.id(), BatchPayloads.length(point)));
        writer.finish();
        long commit;
        try (RowPieces pieces = RowPieces.place(vectors, spec, first, batch)) {
            commit = context.files().apply(pieces.planned(files.vectors()), transaction -> {
                pieces.write(transaction, files.vectors());
                transaction.write(files.ids(), idBytes, frames.segment());
                payloads.write(transaction, files.payloads(), payloadBytes);
            });
            pieces.written();
        }
        int liveBefore = index.liveCount();
        install(frames, payloads.bytes(), commit);
        payloadIndexes.append(first, installed(payloads));
        int inserted = index.liveCount() - liveBefore;
        return new AppliedWrite(inserted, batch.size() - inserted, 0, commit, applied);
    }

    /** The state with a batch, as payload indexes want it. Who is dead is told as of the published state, which readers have. */
    private PayloadIndexes.State installed(BatchPayloads batch) {
        return new PayloadIndexes.State(index.rowCount(), rows().deathsAt(published.version()), batch);
    }

    /** Checks and applies a batch of deletions; ids that are not there are passed over. */
    public AppliedWrite delete(List<PointId> ids) {
        List<PointId> wanted = List.copyOf(ids);
        gate.enter();
        try {
            return context.derived().retrying(() -> remove(wanted));
        } finally {
            gate.leave();
        }
    }

    private AppliedWrite remove(List<PointId> wanted) {
        writeLock.lock();
        try {
            checkWritable();
            Set<PointId> present = present(wanted);
            if (present.isEmpty()) {
                return new AppliedWrite(0, 0, 0, appliedCommit, applied);
            }
            ByteSink frames = new ByteSink(FRAME_CAPACITY + present.size());
            IdFrameWriter writer = new IdFrameWriter(frames, idBytes, index.rowCount());
            present.forEach(writer::delete);
            writer.finish();
            long commit =
                    context.files().apply(transaction -> transaction.write(files.ids(), idBytes, frames.segment()));
            install(frames, 0, commit);
            return new AppliedWrite(0, 0, present.size(), commit, applied);
        } finally {
            writeLock.unlock();
        }
    }

    /** The ids whose newest row is alive, each once. */
    private Set<PointId> present(List<PointId> wanted) {
        Set<PointId> present = new LinkedHashSet<>();
        for (PointId id : wanted) {
            int row = index.find(id);
            if (row != RowTable.NONE && index.rows().isAlive(row)) {
                present.add(id);
            }
        }
        return present;
    }

    private void install(ByteSink frames, long morePayload, long commit) {
        // Room was made before, so this cannot fail; if it does, what is on the volume is right and this memory is not.
        diverged = true;
        changingIds(() -> {
            IdFrameReader reader = new IdFrameReader(index, index.rowCount(), payloadBytes);
            for (int at = 0; at < frames.size(); ) {
                at += reader.read(frames.array(), at, frames.size() - at, idBytes + at);
            }
        });
        diverged = false;
        idBytes += frames.size();
        payloadBytes += morePayload;
        appliedCommit = commit;
        applied = new Snapshot(applied.sequence() + 1, index.rowCount(), index.version(), index.liveCount(), idBytes);
    }

    /**
     * Waits until the write is durable, then publishes the state with it.
     *
     * @throws io.vexel.base.DeviceException when it did not become durable; the volume takes no further writes
     */
    public void await(AppliedWrite write) {
        if (write.commit() > 0) {
            context.files().awaitDurable(write.commit());
        }
        publish(write.after());
    }

    private synchronized void publish(Snapshot durable) {
        if (durable.sequence() > published.sequence()) {
            published = durable;
            keeper.published();
            compactor.published(durable);
        }
    }

    /** Refuses new operations, waits for those that run, saves the index, frees the memory. */
    @Override
    public void close() {
        keeper.beginClose();
        context.indexers().remove(compactor);
        compactor.close();
        if (gate.close()) {
            keeper.close();
            free();
        }
    }

    /** As {@link #close}, for a collection that is about to be removed. */
    void discard() {
        keeper.beginClose();
        context.indexers().remove(compactor);
        compactor.close();
        if (gate.close()) {
            keeper.discard();
            free();
        }
    }

    private void free() {
        context.derived().remove(derived);
        vectors.close();
        payloadIndexes.close();
        index.close();
    }
}
