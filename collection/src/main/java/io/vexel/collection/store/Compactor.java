package io.vexel.collection.store;

import io.vexel.base.CapacityException;
import io.vexel.base.ClosedException;
import io.vexel.base.ConflictException;
import io.vexel.base.VexelException;
import io.vexel.collection.CompactionProgress;
import io.vexel.collection.CompactionResult;
import io.vexel.collection.Point;
import io.vexel.collection.indexing.IndexKeeper;
import io.vexel.collection.indexing.Indexers;
import io.vexel.collection.store.DeadSpace.MixedBlock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Gives back the space of a collection's dead rows.
 *
 * <pre>
 *  IDLE --- a fifth is dead, or somebody asks ---> PLAN --- blocks to empty ---> MOVE --- enough moved ---+
 *    ^                                            |  ^                                                    |
 *    +------- nothing more is worth it -----------+  +------------- FREE <----- holes to make ------------+
 * </pre>
 *
 * <p>MOVE puts the live rows of a block of rows again, by writes like any other. FREE makes holes where all rows are dead:
 * <ol>
 *   <li>the index lets go of what is dead, in memory and on the volume ({@link IndexKeeper#retireDead});
 *   <li>the floor is raised: states below it are refused from now on, and those that are being read are waited for;
 *   <li>chunks that were given up are hidden, whoever may look at them still is waited for, and their memory is freed;
 *   <li>the floor is written into the id log, and the holes are made, some MiB a transaction;
 *   <li>what is known about the rows is forgotten ({@link RowTable}), also by payload indexes.
 * </ol>
 *
 * <p>Nothing of this is remembered across a restart: PLAN finds what is left to do. {@code lock} is held by whoever does a step and guards
 * everything but {@code problem}, {@code closing} and {@code deadAtLastLook}, which are volatile. It comes before the write lock of the collection and the control of its index.
 */
final class Compactor implements Indexers.Work {

    /** In the background a compaction begins when one byte of so many is dead. */
    private static final long DUE_SHARE = 5;

    /** Fewer dead bytes are left alone in the background. */
    private static final long LEAST_DEAD_BYTES = 4 << 20;

    /** With so many more dead rows than live ones, an index that waits for memory is given up for their space. */
    static final int DEAD_BEYOND_LIVE = 16_384;

    /** In the background, one dead byte of so many may stay. */
    private static final long TARGET_SHARE = 20;

    /** Holes are made at once, before anything is moved, when they are one byte of so many. */
    private static final long HOLES_FIRST_SHARE = 16;

    /** So many more rows must have died before it is worth another look. */
    private static final int DEATHS_BETWEEN_LOOKS = 256;

    /** Bytes of a write of moved rows. */
    private static final long BATCH_BYTES = 1 << 20;

    /** Before more is moved than one of so many free bytes of the volume, holes are made. */
    private static final long FREE_SHARE = 4;

    /** Most bytes and ranges of one transaction that makes holes. */
    private static final long PORTION_BYTES = 16 << 20;

    private static final int PORTION_RANGES = 64;

    private static final System.Logger LOG = System.getLogger(Compactor.class.getName());

    private enum Stage {
        IDLE,
        PLAN,
        MOVE,
        FREE
    }

    private final CollectionStore store;
    private final IndexKeeper keeper;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<MixedBlock> plan = new ArrayDeque<>();
    private volatile Optional<String> problem = Optional.empty();
    private volatile boolean closing;
    private Stage stage = Stage.IDLE;
    /** Set when somebody asked: everything is emptied that is worth it, of the rows there were then. */
    private Optional<Integer> wholeUpTo = Optional.empty();

    private volatile long deadAtLastLook = -DEATHS_BETWEEN_LOOKS;
    private long movedBytes;
    private long movedRows;
    private long freedBytes;
    private boolean idsDone;
    /** Why rows could not be moved; gone once something was freed. */
    private Optional<CapacityException> refused = Optional.empty();

    /** How many were moved when that was refused last; -1 when it was not. */
    private long movedAtRefusal;

    Compactor(CollectionStore store, IndexKeeper keeper) {
        this.store = store;
        this.keeper = keeper;
    }

    /** Why the last compaction in the background ended early; empty when it did not. */
    Optional<String> problem() {
        return problem;
    }

    /** Tells that there is a newer state. */
    void published(Snapshot state) {
        if (state.deadRows() - deadAtLastLook >= DEATHS_BETWEEN_LOOKS
                && !store.context().readOnly()) {
            store.context().indexers().signal();
        }
    }

    @Override
    public boolean step() {
        if (closing || !lock.tryLock()) {
            return false;
        }
        try {
            return !closing && store.whileOpen(this::stepOpen);
        } finally {
            lock.unlock();
        }
    }

    private boolean stepOpen() {
        try {
            if ((stage == Stage.IDLE && !isDue()) || keeper.isBusy()) {
                return false;
            }
            if (stage == Stage.IDLE) {
                // Or rows would be moved, and nothing freed.
                requireNone(givesIndexUp() ? Optional.empty() : keeper.obstacle());
                begin(Optional.empty());
            }
            piece();
            if (stage == Stage.IDLE) {
                problem = Optional.empty();
            }
            return true;
        } catch (RuntimeException | Error e) {
            stage = Stage.IDLE;
            if (!closing) {
                problem = Optional.of("collection " + store.spec().name() + ": compaction has stopped: "
                        + (e instanceof VexelException known ? known.getMessage() : String.valueOf(e)));
            }
            return false;
        }
    }

    private boolean isDue() {
        long dead = store.snapshot().deadRows();
        if (dead - deadAtLastLook < DEATHS_BETWEEN_LOOKS) {
            return false;
        }
        deadAtLastLook = dead;
        long taken = takenBytes();
        return taken - store.liveBytes() >= Math.max(LEAST_DEAD_BYTES, taken / DUE_SHARE);
    }

    private long takenBytes() {
        return DeadSpace.takenBytes(store.context().files(), store.files());
    }

    /**
     * Compacts as far as it is worth it, on this thread; other writers and searches go on.
     *
     * @throws ConflictException when the index of the collection has to be mended first
     * @throws CapacityException when there is no room to move anything
     */
    CompactionResult run(CompactionProgress progress) {
        lock.lock();
        try {
            begin(Optional.of(store.snapshot().rowCount()));
            while (stage != Stage.IDLE) {
                if (closing) {
                    throw new ClosedException("collection " + store.spec().name() + " is being closed");
                }
                piece();
                long planned = movedRows
                        + plan.stream().mapToLong(MixedBlock::liveRows).sum();
                progress.at(movedRows, planned);
                helpIndex();
            }
            problem = Optional.empty();
            return new CompactionResult(movedRows, freedBytes, store.deadBytes());
        } finally {
            stage = Stage.IDLE;
            plan.clear();
            lock.unlock();
        }
    }

    /** Rows that were moved are drained before many more are, so that the index needs few places for both. */
    private void helpIndex() {
        boolean worked = true;
        while (worked && keeper.isBusy()) {
            worked = keeper.step();
        }
    }

    private void begin(Optional<Integer> whole) {
        wholeUpTo = whole;
        stage = Stage.PLAN;
        movedBytes = 0;
        movedRows = 0;
        freedBytes = 0;
        refused = Optional.empty();
        movedAtRefusal = -1;
        idsDone = false;
        plan.clear();
    }

    private void piece() {
        switch (stage) {
            case PLAN -> plan();
            case MOVE -> move();
            case FREE -> free();
            case IDLE -> throw new IllegalStateException("stage=IDLE, allowed: a compaction under way");
        }
    }

    // ---- planning

    private DeadSpace space(Snapshot state) {
        return new DeadSpace(
                store.context().files(),
                store.files(),
                store.rows(),
                store.spec().rowBytes(),
                state.rowCount());
    }

    private void plan() {
        Snapshot state = store.snapshot();
        DeadSpace space = space(state);
        List<FileRange> holes = space.holes(store.floorLimit(state.version()));
        long holeBytes = DeadSpace.takenBytes(store.context().files(), holes);
        plan.clear();
        plan.addAll(chosen(space.mixedBlocks()));
        movedBytes = 0;
        boolean holesFirst = refused.isPresent() || plan.isEmpty() || holeBytes * HOLES_FIRST_SHARE >= takenBytes();
        if ((!holes.isEmpty() || isIdLogDue()) && holesFirst) {
            stage = Stage.FREE;
        } else if (refused.isPresent()) {
            stage = Stage.IDLE;
            throw refused.get();
        } else {
            stage = plan.isEmpty() ? Stage.IDLE : Stage.MOVE;
        }
        if (stage == Stage.IDLE) {
            deadAtLastLook = state.deadRows();
        }
    }

    private boolean isIdLogDue() {
        return !idsDone && store.isIdLogDue();
    }

    private List<MixedBlock> chosen(List<MixedBlock> blocks) {
        if (wholeUpTo.isPresent()) {
            int end = wholeUpTo.get() / RowTable.BLOCK_ROWS;
            return blocks.stream().filter(block -> block.number() < end).toList();
        }
        long waste = blocks.stream().mapToLong(MixedBlock::wasteBytes).sum();
        long mayStay = takenBytes() / TARGET_SHARE;
        int count = 0;
        while (count < blocks.size() && waste > mayStay) {
            waste -= blocks.get(count++).wasteBytes();
        }
        return blocks.subList(0, count);
    }

    // ---- moving

    private void move() {
        MixedBlock block = plan.remove();
        try {
            emptyBlock(block.number());
            movedBytes += block.liveBytes();
        } catch (CapacityException e) {
            if (movedRows == movedAtRefusal) {
                // What was freed since then did not help. Writers may make holes for ever, which is no reason to go on.
                stage = Stage.IDLE;
                throw e;
            }
            movedAtRefusal = movedRows;
            refused = Optional.of(e);
            stage = Stage.PLAN;
            return;
        }
        var info = store.context().files().info();
        boolean enough = movedBytes >= info.freeBlocks() * info.blockSize() / FREE_SHARE;
        if (plan.isEmpty() || enough) {
            stage = Stage.FREE;
        }
    }

    /** Puts the live rows of a block again; durable when it returns. */
    private void emptyBlock(int block) {
        Optional<AppliedWrite> last = Optional.empty();
        try (ReadView view = store.view()) {
            int at = block * RowTable.BLOCK_ROWS;
            int end = at + RowTable.BLOCK_ROWS;
            while (at < end) {
                List<Point> points = new ArrayList<>();
                List<Integer> ordinals = new ArrayList<>();
                for (long bytes = 0; at < end && bytes < BATCH_BYTES; at++) {
                    if (view.isLive(at)) {
                        Point point = view.point(at);
                        points.add(point);
                        ordinals.add(at);
                        bytes += store.spec().rowBytes() + store.rows().payloadLength(at);
                    }
                }
                AppliedWrite write = store.putAgain(points, ordinals);
                movedRows += write.replaced();
                last = Optional.of(write);
            }
        }
        last.ifPresent(store::await);
    }

    // ---- freeing

    private void free() {
        Snapshot state = store.snapshot();
        List<FileRange> holes = space(state).holes(store.floorLimit(state.version()));
        stage = Stage.PLAN;
        if (holes.isEmpty() && !isIdLogDue()) {
            return;
        }
        retireDead();
        int floor = store.raiseFloor(state.version());
        store.readers().await();
        store.rows().giveUp(floor, state.rowCount());
        VectorChunks.Hidden hidden = store.vectors().giveUp(store.rows()::isGivenUp, state.rowCount());
        keeper.awaitUsers();
        store.readers().await();
        store.vectors().free(hidden);
        for (List<FileRange> portion : FileRange.portions(space(state).holes(floor), PORTION_BYTES, PORTION_RANGES)) {
            makeHoles(floor, portion);
        }
        store.forgetGivenUp();
        store.payloadIndexes().prune(store.rows().deathsAt(state.version()));
        if (plan.isEmpty() && isIdLogDue()) {
            idsDone = true;
            rewriteIds(state, floor);
        }
        refused = Optional.empty();
    }

    private static void requireNone(Optional<String> obstacle) {
        obstacle.ifPresent(text -> {
            throw new ConflictException("compaction needs an index that is in order: " + text);
        });
    }

    private void retireDead() {
        Optional<String> obstacle = keeper.retireDead();
        if (obstacle.isPresent() && givesIndexUp()) {
            // It is made anew when there is memory for it.
            keeper.rebuild();
            obstacle = keeper.retireDead();
        }
        requireNone(obstacle);
    }

    /**
     * Whether an index that waits for memory is worth less than the dead rows which cannot be given up beside it. Their ids take the memory that it waits for, and by
     * then it has few of the live rows.
     */
    private boolean givesIndexUp() {
        return keeper.lacksMemory()
                && store.deadRows() > DEAD_BEYOND_LIVE + store.snapshot().liveCount();
    }

    /** Once a compaction, when all has been moved. A volume that has no room for it keeps the old one. */
    private void rewriteIds(Snapshot state, int floor) {
        if (floor < state.version()) {
            return;
        }
        try {
            store.rewriteIds(state).ifPresent(store::await);
        } catch (CapacityException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "the id log of collection {0} was not written anew: {1}",
                    store.spec().name(),
                    e.getMessage());
        }
    }

    private void makeHoles(int floor, List<FileRange> portion) {
        long bytes = DeadSpace.takenBytes(store.context().files(), portion);
        if (bytes == 0) {
            // It was made earlier.
            return;
        }
        store.await(store.makeHoles(floor, portion));
        for (FileRange range : portion) {
            if (range.inode() == store.files().vectors()) {
                store.vectors().forget(range.offset(), range.length());
            }
        }
        freedBytes += bytes;
    }

    /** Begins no step any more, and waits for the one that runs. */
    void close() {
        closing = true;
        lock.lock();
        try {
            plan.clear();
        } finally {
            lock.unlock();
        }
    }
}
