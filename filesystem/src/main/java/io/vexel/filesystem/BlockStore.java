package io.vexel.filesystem;

import io.vexel.base.CapacityException;
import io.vexel.base.CorruptionException;
import io.vexel.base.Crc32c;
import io.vexel.base.DeviceException;
import io.vexel.base.VexelException;
import io.vexel.device.BlockDevice;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Blocks with their chain of trust and the running transaction over them.
 *
 * <p>Reading: a block comes from memory, or from the device and is verified against its parent. Changing: a frame joins the running
 * transaction with a copy of what it was, and with it its parents up to the state block, so that closing the transaction needs no
 * memory. A body that fails is undone from copies. Guarded by the mutation lock.
 */
final class BlockStore implements BlockCache.Loader, AutoCloseable {

    private record Saved(Frame frame, Frame copy) {}

    /** Where a block stands in the chain of trust. */
    enum Role {
        COVERED,
        CHECK_TABLE,
        GENERATION_TABLE,
        ROOT_TABLE,
        GROUP_TABLE,
        STATE
    }

    /**
     * A transaction that was closed and whose record stands in the buffer.
     *
     * @param freed what may be taken again once it is durable
     */
    record Sealed(long number, PendingFrees freed, boolean orderedData, RecordBuilder builder) {}

    /** What is wrong when the digest of the state block does not fit. */
    static final String DIGEST_WRONG = "a block of the group table or root table is damaged or stale";

    private static final PendingFrees NOTHING = new PendingFrees();

    final BlockDevice device;
    final Geometry geometry;
    final BlockCache cache;

    private final long recordLimit;
    private final long usualRecordBytes;
    private final List<Saved> saved = new ArrayList<>();
    private final List<Span> inPlace = new ArrayList<>();
    private final DataAhead ahead;
    private final long stateBlock;
    private RecordBuilder filling;
    private RecordBuilder idle;
    private Compound running = new Compound(1);
    private volatile PendingFrees committing = NOTHING;
    private long bodySerial;
    private int bodyStart;
    private int bodyFreedStart;

    BlockStore(BlockDevice device, Geometry geometry, MemoryBudget budget) {
        this.device = device;
        this.geometry = geometry;
        this.recordLimit = Journal.recordLimit(geometry);
        this.usualRecordBytes =
                Math.min(recordLimit / 4, Math.max(RecordBuilder.FIRST_BYTES / 4 * 3, budget.limitBytes() / 16));
        this.stateBlock = geometry.regions.state().start();
        this.ahead = new DataAhead(geometry.blockSize);
        this.filling = new RecordBuilder(budget, geometry);
        this.idle = builderBeside(filling, budget);
        long permanent = 1
                + geometry.regions.groupTable().blocks()
                + geometry.regions.rootTable().blocks();
        long limit = budget.limitBytes();
        BlockCache.Sizes sizes = new BlockCache.Sizes(
                (int) (permanent + frames(Math.min(limit / 32, 16L << 20))),
                (int) (permanent + frames(Math.min(limit / 8, 64L << 20))),
                (int) (permanent + frames(Math.min(limit / 8 * 3, 512L << 20))));
        this.cache = new BlockCache(geometry.blockSize, budget, this, sizes);
    }

    private RecordBuilder builderBeside(RecordBuilder first, MemoryBudget budget) {
        try {
            return new RecordBuilder(budget, geometry);
        } catch (RuntimeException | Error e) {
            first.close();
            throw e;
        }
    }

    private long frames(long bytes) {
        return Math.max(64, bytes / geometry.blockSize);
    }

    /** The number the running transaction will commit under; set once after replay. */
    void startAt(long commit) {
        running = new Compound(commit);
    }

    Compound running() {
        return running;
    }

    // ---- reading

    Frame pin(long block) {
        return cache.pin(block);
    }

    void unpin(Frame frame) {
        cache.unpin(frame);
    }

    MemorySegment state(Access access) {
        return access.read(stateBlock);
    }

    MemorySegment modifyState(Access access) {
        return access.modify(stateBlock);
    }

    long stateBlock() {
        return stateBlock;
    }

    Role role(long block) {
        Superblock.Regions regions = geometry.regions;
        if (block >= regions.blockBitmaps().start()) {
            return regions.checkTable().contains(block) ? Role.CHECK_TABLE : Role.COVERED;
        }
        if (regions.generationTable().contains(block)) {
            return Role.GENERATION_TABLE;
        }
        if (regions.groupTable().contains(block)) {
            return Role.GROUP_TABLE;
        }
        return regions.rootTable().contains(block) ? Role.ROOT_TABLE : Role.STATE;
    }

    @Override
    public void load(long block, MemorySegment target) {
        long expected = expected(block);
        if (expected == 0) {
            fillUnwritten(block, target);
        } else {
            device.read(geometry.offset(block), target);
            check(block, expected, target);
        }
    }

    @Override
    public void loadMany(List<Frame> frames, @Nullable RuntimeException[] failures) {
        int count = frames.size();
        long[] expected = new long[count];
        int[] read = new int[count];
        long[] offsets = new long[count];
        MemorySegment[] targets = new MemorySegment[count];
        int reads = 0;
        for (int i = 0; i < count; i++) {
            Frame frame = frames.get(i);
            try {
                expected[i] = expected(frame.block);
            } catch (VexelException e) {
                failures[i] = e;
                continue;
            }
            if (expected[i] == 0) {
                fillUnwritten(frame.block, frame.data);
            } else {
                read[reads] = i;
                offsets[reads] = geometry.offset(frame.block);
                targets[reads++] = frame.data;
            }
        }
        boolean together = reads > 1 && readTogether(offsets, targets, reads);
        for (int r = 0; r < reads; r++) {
            try {
                if (!together) {
                    device.read(offsets[r], targets[r]);
                }
                check(frames.get(read[r]).block, expected[read[r]], targets[r]);
            } catch (VexelException e) {
                failures[read[r]] = e;
            }
        }
    }

    /** False when one of the reads failed: each is to be made alone then, so that the error is that of its block. */
    private boolean readTogether(long[] offsets, MemorySegment[] targets, int count) {
        try {
            device.readMany(offsets, targets, count);
            return true;
        } catch (DeviceException e) {
            return false;
        }
    }

    /** What its parent holds for a block: the check entry, or the generation of a block of a table; 0: it was never written. */
    private long expected(long block) {
        if (block < 0 || block >= geometry.totalBlocks) {
            throw new CorruptionException(block, "a pointer leads out of the volume");
        }
        return switch (role(block)) {
            case COVERED -> checkEntry(block);
            case CHECK_TABLE ->
                Integer.toUnsignedLong(word(geometry.generationBlock(block), geometry.generationOffset(block)));
            case GENERATION_TABLE ->
                Integer.toUnsignedLong(word(geometry.rootBlock(block), geometry.rootOffset(block)));
            default -> throw new CorruptionException(block, "a pointer leads into the volume's head");
        };
    }

    private void fillUnwritten(long block, MemorySegment target) {
        target.fill((byte) 0);
        if (role(block) != Role.COVERED) {
            BlockHeader.initialise(target, tableType(block), block, 0);
        }
    }

    /** Throws unless a block has the contents that its parent holds {@code expected} for, which is not 0. */
    void check(long block, long expected, MemorySegment contents) {
        if (role(block) == Role.COVERED) {
            verify(block, expected, contents);
            return;
        }
        BlockHeader.Type type = tableType(block);
        if (!BlockHeader.isSealed(contents, type, block, geometry.volumeKey)) {
            throw new CorruptionException(block, "damaged block of type " + type);
        }
        int found = Geometry.shortGeneration(BlockHeader.generation(contents));
        if (found != (int) expected) {
            throw new CorruptionException(
                    block, "stale block of type " + type + ": generation=" + found + " expected=" + (int) expected);
        }
    }

    private BlockHeader.Type tableType(long block) {
        return role(block) == Role.CHECK_TABLE ? BlockHeader.Type.CHECK_TABLE : BlockHeader.Type.GENERATION_TABLE;
    }

    private int word(long block, int offset) {
        Frame frame = cache.pin(block);
        try {
            return frame.data.get(Layouts.U32, offset);
        } finally {
            cache.unpin(frame);
        }
    }

    /** The block's check entry: crc in the low half, generation in the high half. */
    long checkEntry(long block) {
        Frame frame = cache.pin(geometry.checkBlock(block));
        try {
            return frame.data.get(Layouts.U64, geometry.checkOffset(block));
        } finally {
            cache.unpin(frame);
        }
    }

    /** Throws unless the contents are those that the entry was made for. */
    void verify(long block, long entry, MemorySegment contents) {
        if (crc(block, entry >>> 32, contents) != (int) entry) {
            throw new CorruptionException(block, "checksum does not match");
        }
    }

    private static long entry(long generation, int crc) {
        return (generation << 32) | Integer.toUnsignedLong(crc);
    }

    private int crc(long block, long generation, MemorySegment contents) {
        return Crc32c.of(geometry.volumeKey ^ block, generation, contents);
    }

    // ---- changing

    /** Makes the frame part of the running transaction and keeps what it was. */
    void enlist(Access access, Frame frame) {
        if (frame.before == null) {
            requireRoom();
            cache.setBefore(frame, cache.copyOf(frame.data));
            frame.bodyStamp = bodySerial;
            running.enlisted.add(frame);
            enlistParent(access, frame.block);
        } else if (frame.bodyStamp != bodySerial) {
            saved.add(new Saved(frame, cache.copyOf(frame.data)));
            frame.bodyStamp = bodySerial;
        }
    }

    private void enlistParent(Access access, long block) {
        switch (role(block)) {
            case COVERED -> join(access, geometry.checkBlock(block));
            case CHECK_TABLE -> join(access, geometry.generationBlock(block));
            case GENERATION_TABLE -> join(access, geometry.rootBlock(block));
            case ROOT_TABLE, GROUP_TABLE -> join(access, stateBlock);
            case STATE -> {}
        }
    }

    /** Enlists a block that only closing will change, so that no body needs a copy of it. */
    private void join(Access access, long block) {
        Frame frame = access.frame(block);
        if (frame.before == null) {
            enlist(access, frame);
        }
    }

    private void requireRoom() {
        requireRoomFor(recordBound() + geometry.blockSize + JournalLayout.TAG_BYTES);
    }

    private void requireRoomFor(long bytes) {
        if (bytes > recordLimit) {
            throw new CapacityException("journal bytes for one transaction", bytes, recordLimit);
        }
    }

    /** Where the running body's data is noted that goes to the device before the body changes anything. */
    DataAhead ahead() {
        return ahead;
    }

    /** Writes whole blocks to their place and changes nothing in memory; returns their checksums. Needs the mutation lock, still. */
    List<Integer> writeData(long block, MemorySegment contents) {
        device.write(geometry.offset(block), contents);
        long blocks = contents.byteSize() / geometry.blockSize;
        List<Integer> checksums = new ArrayList<>((int) blocks);
        for (long i = 0; i < blocks; i++) {
            MemorySegment part = contents.asSlice(i * geometry.blockSize, geometry.blockSize);
            checksums.add(crc(block + i, inPlaceGeneration(), part));
        }
        return checksums;
    }

    /** Lets the file have whole blocks that are written straight to their place, now or ahead; every one must be {@link #writableInPlace}. */
    void writeInPlace(Access access, long block, MemorySegment contents) {
        Optional<List<Integer>> written = ahead.find(block, contents);
        List<Integer> checksums = written.orElseGet(() -> writeData(block, contents));
        for (int i = 0; i < checksums.size(); i++) {
            setCheckEntry(access, block + i, entry(inPlaceGeneration(), checksums.get(i)));
            cache.drop(block + i);
        }
        inPlace.add(new Span(block, checksums.size()));
        running.orderedData |= written.isEmpty() || !DurabilityBug.AHEAD_DATA_NOT_FLUSHED.isPlanted();
    }

    private long inPlaceGeneration() {
        return Integer.toUnsignedLong(Geometry.shortGeneration(running.number));
    }

    /** True when nothing committed and nothing pending is in the block, so that a crash may leave anything there. */
    boolean writableInPlace(Access access, long block) {
        return !cache.isDirty(block)
                && access.read(geometry.checkBlock(block)).get(Layouts.U64, geometry.checkOffset(block)) == 0;
    }

    private void setCheckEntry(Access access, long block, long entry) {
        access.modify(geometry.checkBlock(block)).set(Layouts.U64, geometry.checkOffset(block), entry);
    }

    /** Notes blocks as freed: they lose their contents now, and may be taken again once the running transaction is durable. */
    void noteFreed(Access access, Span span) {
        for (long block = span.start(); block < span.end(); block++) {
            MemorySegment checks = access.read(geometry.checkBlock(block));
            if (checks.get(Layouts.U64, geometry.checkOffset(block)) != 0) {
                setCheckEntry(access, block, 0);
            }
        }
        if (!DurabilityBug.REUSE_FREED_BLOCK_AT_ONCE.isPlanted() || anyDirty(span)) {
            running.freed.add(span);
        }
    }

    private boolean anyDirty(Span span) {
        for (long block = span.start(); block < span.end(); block++) {
            if (cache.isDirty(block)) {
                return true;
            }
        }
        return false;
    }

    /** Marks as used what was freed but may not be taken yet. */
    void markPending(long group, long[] bitmap) {
        running.freed.markUsed(group, bitmap);
        committing.markUsed(group, bitmap);
    }

    long pendingFrees() {
        return running.freed.blocks() + committing.blocks();
    }

    // ---- bodies

    void beginBody() {
        bodySerial++;
        inPlace.clear();
        bodyStart = running.enlisted.size();
        bodyFreedStart = running.freed.spans().size();
    }

    /** Keeps what the body did. Throws, with the body still to be undone, when the record could not be built. */
    void keepBody() {
        requireRoomFor(recordBound());
        filling.ensure(recordBound());
        for (Saved entry : saved) {
            cache.release(entry.copy());
        }
        saved.clear();
    }

    void undoBody() {
        for (Saved entry : saved.reversed()) {
            entry.frame().data.copyFrom(entry.copy().data);
            cache.release(entry.copy());
        }
        saved.clear();
        while (running.enlisted.size() > bodyStart) {
            Frame frame = running.enlisted.removeLast();
            Frame before = frame.before;
            if (before != null) {
                frame.data.copyFrom(before.data);
                cache.setBefore(frame, null);
                cache.release(before);
            }
            if (!frame.permanent && !frame.journaled) {
                cache.drop(frame.block);
            }
        }
        for (Span span : inPlace) {
            forgetClean(span);
        }
        running.freed.truncate(bodyFreedStart);
    }

    private void forgetClean(Span span) {
        for (long block = span.start(); block < span.end(); block++) {
            if (!cache.isDirty(block)) {
                cache.drop(block);
            }
        }
    }

    // ---- closing

    /** A bound on the bytes that the running transaction's record will have. */
    long recordBound() {
        long revokes = Math.min(running.freed.blocks(), cache.journaledFrames());
        return RecordBuilder.bound(running.enlisted.size(), revokes, geometry);
    }

    /** True when the running transaction is so large that it should be committed before another body joins it. */
    boolean isRunningLarge() {
        return recordBound() > usualRecordBytes || running.enlisted.size() > cache.attainableFrames() / 8;
    }

    /** Closes the running transaction: completes the chain of trust, builds the record, begins the next transaction. */
    Sealed seal(long timeMillis) {
        Compound closing = running;
        EnumMap<Role, List<Frame>> byRole = new EnumMap<>(Role.class);
        for (Frame frame : closing.enlisted) {
            byRole.computeIfAbsent(role(frame.block), _ -> new ArrayList<>()).add(frame);
        }
        RecordBuilder builder = filling;
        builder.begin();
        try (Access access = new Access(this)) {
            for (Frame frame : byRole.getOrDefault(Role.COVERED, List.of())) {
                sealCovered(access, frame, closing, builder);
            }
            for (Frame frame : byRole.getOrDefault(Role.CHECK_TABLE, List.of())) {
                if (sealTable(frame, closing.number, builder)) {
                    setWord(
                            access.read(geometry.generationBlock(frame.block)),
                            geometry.generationOffset(frame.block),
                            closing.number);
                }
            }
            for (Frame frame : byRole.getOrDefault(Role.GENERATION_TABLE, List.of())) {
                if (sealTable(frame, closing.number, builder)) {
                    setWord(
                            access.read(geometry.rootBlock(frame.block)),
                            geometry.rootOffset(frame.block),
                            closing.number);
                }
            }
            sealTop(access, byRole, closing.number, builder);
        }
        addRevokes(closing.freed, builder);
        builder.finish(closing.number, timeMillis);
        settle(closing, builder);
        return new Sealed(closing.number, closing.freed, closing.orderedData, builder);
    }

    private void sealCovered(Access access, Frame frame, Compound closing, RecordBuilder builder) {
        if (closing.freed.contains(frame.block) || !changed(frame)) {
            return;
        }
        if (frame.node) {
            BlockHeader.generation(frame.data, closing.number);
        }
        long generation = Integer.toUnsignedLong(Geometry.shortGeneration(closing.number));
        long entry = entry(generation, crc(frame.block, generation, frame.data));
        access.read(geometry.checkBlock(frame.block)).set(Layouts.U64, geometry.checkOffset(frame.block), entry);
        builder.add(frame);
    }

    private boolean sealTable(Frame frame, long commit, RecordBuilder builder) {
        if (!changed(frame)) {
            return false;
        }
        BlockHeader.seal(frame.data, geometry.volumeKey, commit);
        builder.add(frame);
        return true;
    }

    private void sealTop(Access access, Map<Role, List<Frame>> byRole, long commit, RecordBuilder builder) {
        MemorySegment state = access.read(stateBlock);
        long digest = state.get(Layouts.U64, StateLayout.DIGEST_AT);
        for (Role role : List.of(Role.ROOT_TABLE, Role.GROUP_TABLE)) {
            for (Frame frame : byRole.getOrDefault(role, List.of())) {
                long old = BlockHeader.generation(frame.data);
                if (sealTable(frame, commit, builder)) {
                    digest += Geometry.digestTerm(frame.block, commit) - Geometry.digestTerm(frame.block, old);
                }
            }
        }
        state.set(Layouts.U64, StateLayout.DIGEST_AT, digest);
        state.set(Layouts.U64, StateLayout.COMMIT_AT, commit);
        for (Frame frame : byRole.getOrDefault(Role.STATE, List.of())) {
            sealTable(frame, commit, builder);
        }
    }

    private static void setWord(MemorySegment table, int offset, long commit) {
        table.set(Layouts.U32, offset, Geometry.shortGeneration(commit));
    }

    private static boolean changed(Frame frame) {
        Frame before = frame.before;
        return before == null || frame.data.mismatch(before.data) >= 0;
    }

    private void addRevokes(PendingFrees freed, RecordBuilder builder) {
        if (freed.blocks() == 0 || DurabilityBug.NO_REVOKE.isPlanted()) {
            return;
        }
        for (Frame frame : cache.journaled()) {
            if (freed.contains(frame.block)) {
                builder.revoke(frame.block);
            }
        }
    }

    private void settle(Compound closing, RecordBuilder builder) {
        for (Frame frame : builder.changed()) {
            cache.setJournaled(frame, true);
        }
        for (Frame frame : closing.enlisted) {
            Frame before = frame.before;
            cache.setBefore(frame, null);
            if (before != null) {
                cache.release(before);
            }
        }
        committing = closing.freed;
        running = new Compound(closing.number + 1);
        RecordBuilder next = idle;
        idle = filling;
        filling = next;
    }

    /** Called when the record is flushed: forgets the contents of what it freed, then lets it be taken again. */
    void durable(Sealed sealed) {
        for (Span span : sealed.freed().spans()) {
            for (long block = span.start(); block < span.end(); block++) {
                cache.drop(block);
            }
        }
        committing = NOTHING;
    }

    @Override
    public void close() {
        filling.close();
        idle.close();
        cache.close();
    }
}
