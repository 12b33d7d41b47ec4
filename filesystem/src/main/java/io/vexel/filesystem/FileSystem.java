package io.vexel.filesystem;

import io.vexel.base.AccessException;
import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import io.vexel.base.ClosedException;
import io.vexel.base.NotFoundException;
import io.vexel.device.BlockDevice;
import io.vexel.device.PreservingDevice;
import io.vexel.paging.space.PageSource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A mounted VexFS volume. Safe for use by any thread.
 *
 * <p>Reads see everything applied, durable or not. A read of more than 1 MiB is made in parts: changes may fall between them.
 */
public final class FileSystem implements AutoCloseable {

    /** Inode number of the root directory. */
    public static final long ROOT = 1;

    private static final long READ_CHUNK_BYTES = 1 << 20;

    /** Most extents and holes that are looked at without letting a writer in. */
    private static final int PARTS_AT_ONCE = 1 << 12;

    /** When pending frees keep the free space below this share, the next body waits until they are durable. */
    private static final int LOW_SPACE_SHARE = 64;

    private final PreservingDevice device;
    private final Geometry geometry;
    private final MountOptions options;
    private final BlockStore store;
    private final Allocator allocator;
    private final Orphans orphans;
    private final SwapFiles swapFiles;
    private final Committer committer;
    private final MutationLock lock = new MutationLock();
    private final Backups backups;
    private final List<String> warnings;
    private final int replayedCommits;
    private final boolean writable;
    private volatile boolean closed;

    /** Commit number of the newest body; written under the mutation lock. */
    private volatile long applied;

    private FileSystem(
            PreservingDevice device,
            BlockStore store,
            JournalReader.End end,
            MountOptions options,
            List<String> warnings) {
        this.device = device;
        this.geometry = store.geometry;
        this.options = options;
        this.store = store;
        this.allocator = new Allocator(store);
        this.orphans = new Orphans(store, allocator);
        this.swapFiles = new SwapFiles(store, orphans, new SwapRunner());
        this.warnings = warnings;
        this.replayedCommits = end.records();
        this.writable = !options.readOnly() && !device.readOnly() && !unknownReadOnlyFeatures(geometry.superblock);
        Journal journal = new Journal(device, geometry, options.budget(), end);
        this.applied = end.nextSequence() - 1;
        try {
            this.committer = new Committer(store, journal, lock, options, end.nextSequence() - 1);
        } catch (RuntimeException | Error e) {
            journal.close();
            throw e;
        }
        this.backups = new Backups(device, store, committer, options.budget(), writable);
    }

    /**
     * Mounts: finds the newest valid superblock, replays the journal. Takes ownership of the device on success.
     *
     * @throws io.vexel.base.FormatVersionException when this is no VexFS volume or uses unknown incompatible features
     */
    public static FileSystem open(BlockDevice device, MountOptions options) {
        SuperblockReader.Found found = SuperblockReader.find(device);
        List<String> warnings = new ArrayList<>();
        found.warning().ifPresent(warnings::add);
        if (unknownReadOnlyFeatures(found.superblock()) && !options.readOnly()) {
            warnings.add("the volume uses features that this program can only read: mounted read-only");
        }
        FileSystem result = mount(device, found.superblock(), options, warnings);
        if (result.writable) {
            result.begin();
        }
        return result;
    }

    private static boolean unknownReadOnlyFeatures(Superblock superblock) {
        return (superblock.readOnlyFeatures() & ~Superblock.KNOWN_READ_ONLY) != 0;
    }

    /** Replays into memory and, when the volume may be written, home. */
    static FileSystem mount(BlockDevice device, Superblock superblock, MountOptions options, List<String> warnings) {
        PreservingDevice preserving = new PreservingDevice(device);
        BlockStore store = new BlockStore(preserving, new Geometry(superblock), options.budget());
        FileSystem result;
        try {
            result = new FileSystem(preserving, store, Mounter.mount(store, options.budget()), options, warnings);
        } catch (RuntimeException | Error e) {
            store.close();
            throw e;
        }
        try {
            if (result.writable) {
                result.committer.recover(result.replayedCommits > 0);
            }
            return result;
        } catch (RuntimeException | Error e) {
            result.release();
            throw e;
        }
    }

    private void begin() {
        try {
            OwnerRecord.write(device, options.time().epochMillis());
            internal(Mutation::countMount);
        } catch (RuntimeException | Error e) {
            release();
            throw e;
        }
    }

    /** Creates the root directory of a fresh volume. */
    void makeRoot() {
        internal(Mutation::createRoot);
        committer.drain();
    }

    /** Gives the memory back and leaves the device open. */
    void detach() {
        closed = true;
        release();
    }

    private void release() {
        committer.close();
        store.close();
    }

    /** Who holds the volume on the device for writing, such as {@code 4711@host since 2026-01-01T00:00:00Z}; a hint, not a proof. */
    public static Optional<String> describeOwner(BlockDevice device) {
        return OwnerRecord.describe(device);
    }

    /** As the other, from the first 8 KiB or more of a device that cannot be opened because somebody holds it. */
    public static Optional<String> describeOwner(MemorySegment head) {
        return OwnerRecord.describe(head);
    }

    /** Bytes of a block of the volume on the device, also where its sectors are too large to open it; empty when none is seen. */
    public static OptionalInt blockSize(BlockDevice device) {
        return SuperblockReader.blockSize(device);
    }

    /** What the device is called: a path, or what kind of device it is. */
    public String deviceName() {
        return device.name();
    }

    /** Bytes of the device, of which less than a block may be behind the volume. */
    public long deviceBytes() {
        return device.size();
    }

    /** What was found wrong but could be worked around when the volume was opened, in plain words. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** Commits that the journal brought back when the volume was opened; 0 after a clean close. */
    public int replayedCommits() {
        return replayedCommits;
    }

    /** True when {@link #apply} can work: not read-only, not poisoned, not closed. */
    public boolean isWritable() {
        return writable && !closed && !committer.isPoisoned();
    }

    /**
     * Throws what {@link #apply} would throw before it runs a body.
     *
     * @throws AccessException when the volume is mounted read-only
     * @throws ClosedException after {@link #close} or after a commit failed
     */
    public void requireChangeable() {
        if (!writable) {
            throw new AccessException(device.name() + " is mounted read-only");
        }
        requireOpen();
        committer.requireHealthy();
    }

    /**
     * Runs the body under the writer lock and joins its changes to the running commit. When the body throws, its changes are
     * undone and the exception goes on. Returns without waiting for durability.
     *
     * @return a commit number for {@link #awaitDurable}; later calls return equal or larger numbers
     * @throws AccessException when the volume is mounted read-only
     * @throws ClosedException after {@link #close} or after a commit failed
     */
    public long apply(Consumer<Transaction> body) {
        return apply(List.of(), body);
    }

    /**
     * As {@link #apply(Consumer)}, for a body whose large writes are known before: what of them goes straight to fresh blocks is written to
     * the device before the body runs, and readers go on meanwhile. The body still makes the writes. One that it does not make, or
     * makes from other memory or in another place, costs time and perhaps leaves blocks taken ahead of the file's contents, no more.
     *
     * @param planned writes to files that exist already, in the order in which the body makes them
     */
    public long apply(List<PlannedWrite> planned, Consumer<Transaction> body) {
        return change(planned, body::accept);
    }

    private long change(List<PlannedWrite> planned, Consumer<Mutation> body) {
        requireOutsideBody();
        requireChangeable();
        while (true) {
            makeRoom();
            lock.lockChanging();
            try {
                requireOpen();
                committer.requireHealthy();
                if (commitDue() == 0) {
                    return runBody(planned, body);
                }
            } finally {
                lock.unlockChanging();
            }
        }
    }

    private void requireOutsideBody() {
        if (lock.isChangingByThisThread()) {
            throw new IllegalStateException("called inside a transaction's body, allowed: outside");
        }
    }

    private long internal(Consumer<Mutation> body) {
        lock.lockChanging();
        try {
            committer.requireHealthy();
            return runBody(List.of(), body);
        } finally {
            lock.unlockChanging();
        }
    }

    private long runBody(List<PlannedWrite> planned, Consumer<Mutation> body) {
        Mutation mutation = new Mutation(store, allocator, orphans, options.time());
        store.beginBody();
        try {
            planned.forEach(mutation::prepare);
            if (!store.ahead().isEmpty()) {
                writeAhead();
            }
            body.accept(mutation);
            store.keepBody();
        } catch (RuntimeException | Error e) {
            store.undoBody();
            throw e;
        } finally {
            store.ahead().clear();
            mutation.end();
        }
        Compound running = store.running();
        applied = running.isEmpty() ? running.number - 1 : running.number;
        return applied;
    }

    /** So far the body has taken blocks and nothing else, which readers may see. */
    private void writeAhead() {
        lock.letReadersIn();
        try {
            store.ahead().write(store);
        } finally {
            lock.keepReadersOut();
        }
    }

    /**
     * Commits when the running transaction is large or space is short, gives back the space of orphans, and writes home what the journal holds when
     * memory was refused that this makes free.
     */
    private void makeRoom() {
        while (true) {
            if (store.cache.checkpointWanted()) {
                committer.drain();
            }
            long commit;
            lock.lockReading();
            try {
                requireOpen();
                committer.requireHealthy();
                commit = commitDue();
                if (commit == 0 && firstOrphan() == 0) {
                    return;
                }
            } finally {
                lock.unlockReading();
            }
            if (commit != 0) {
                committer.awaitDurable(commit);
            } else {
                reclaimSome();
            }
        }
    }

    private void reclaimSome() {
        internal(mutation -> {
            if (firstOrphan() != 0) {
                mutation.reclaim();
            }
        });
    }

    private long firstOrphan() {
        try (Access access = new Access(store)) {
            return orphans.first(access);
        }
    }

    /** The commit to wait for before another body runs, or 0. Needs the mutation lock, any way. */
    private long commitDue() {
        Compound running = store.running();
        if (!running.isEmpty() && store.isRunningLarge()) {
            return running.number;
        }
        long pending = store.pendingFrees();
        if (pending == 0) {
            return 0;
        }
        try (Access access = new Access(store)) {
            if (allocator.freeBlocks(access) - pending >= geometry.totalBlocks / LOW_SPACE_SHARE) {
                return 0;
            }
        }
        return running.freed.blocks() > 0 ? running.number : running.number - 1;
    }

    /**
     * Returns when everything up to the commit number is durable. Callers that wait together share one flush.
     *
     * @param commit a number that {@link #apply} returned
     * @throws io.vexel.base.DeviceException when the commit failed; the file system is poisoned then: read-only until reopened
     * @throws ClosedException when an earlier commit failed
     */
    public void awaitDurable(long commit) {
        requireOutsideBody();
        Checks.inRange("commit", commit, 0, applied);
        committer.awaitDurable(commit);
    }

    /** The newest commit that is durable. */
    public long durableCommit() {
        return committer.durable();
    }

    /** {@link #apply} and {@link #awaitDurable}. */
    public void update(Consumer<Transaction> body) {
        awaitDurable(apply(body));
    }

    /** An operation that was refused memory is tried once more after a checkpoint, if that makes some free. */
    private <T> T reading(Function<Access, T> operation) {
        try {
            return readingOnce(operation);
        } catch (CapacityException e) {
            if (!writable || lock.isChangingByThisThread() || !store.cache.checkpointWanted()) {
                throw e;
            }
        }
        committer.drain();
        return readingOnce(operation);
    }

    private <T> T readingOnce(Function<Access, T> operation) {
        lock.lockReading();
        try {
            requireOpen();
            try (Access access = new Access(store)) {
                return operation.apply(access);
            }
        } finally {
            lock.unlockReading();
        }
    }

    private void requireOpenAndOutsideBody() {
        requireOutsideBody();
        requireOpen();
    }

    private void requireOpen() {
        if (closed) {
            throw new ClosedException(device.name() + " is closed");
        }
    }

    private Inode named(Access access, long number) {
        Inode inode = Inode.of(access, geometry, number);
        if (inode.links() == 0) {
            throw new NotFoundException("no inode " + number);
        }
        return inode;
    }

    private Directory directory(Access access, long number) {
        return new Directory(access, geometry, allocator, named(access, number));
    }

    /** The inode that the name has in the directory. */
    public Optional<DirectoryEntry> lookup(long directory, String name) {
        return reading(access -> directory(access, directory).lookup(name));
    }

    /**
     * Entries in an order that is stable while the directory does not change; {@code after} is the last name of the page before.
     *
     * @param limit most entries, at least 0
     */
    public List<DirectoryEntry> list(long directory, Optional<String> after, int limit) {
        Checks.inRange("limit", limit, 0, Integer.MAX_VALUE);
        return reading(access -> directory(access, directory).list(after, limit));
    }

    /** Whether blocks that {@link #readMany} has to read are read at once; otherwise the device makes its reads one by one. */
    public boolean overlapsReads() {
        return device.overlapsReads();
    }

    /** @throws NotFoundException when the inode is not in use */
    public FileStat stat(long inode) {
        return reading(access -> named(access, inode).stat());
    }

    /**
     * Reads up to {@code target.byteSize()} bytes, checks every block's checksum, and returns how many there were before the
     * end of the file.
     *
     * @throws io.vexel.base.CorruptionException when a checksum does not match
     */
    public long read(long inode, long offset, MemorySegment target) {
        Checks.inRange("offset", offset, 0, Long.MAX_VALUE);
        long done = 0;
        while (done < target.byteSize()) {
            // Parts end at multiples of the part size, so that all but the first begin at a block.
            long part = READ_CHUNK_BYTES - (offset + done) % READ_CHUNK_BYTES;
            MemorySegment into = target.asSlice(done, Math.min(part, target.byteSize() - done));
            long at = offset + done;
            long count = reading(access -> readPart(access, inode, at, into));
            done += count;
            if (count < into.byteSize()) {
                break;
            }
        }
        return done;
    }

    /**
     * Reads several ranges of a file, as {@link #read} does one after the other, save that blocks of short ranges which are not in memory are read from the
     * device together.
     *
     * @param offsets where each range begins
     * @param targets take the ranges, as long as these; they do not overlap
     * @param count how many of both count, from the first on
     * @return bytes of each range before the end of the file
     * @throws io.vexel.base.VexelException what the first range that cannot be read throws
     */
    public long[] readMany(long inode, long[] offsets, MemorySegment[] targets, int count) {
        long[] got = new long[Checks.inRange("count", count, 0, Math.min(offsets.length, targets.length))];
        for (int i = 0; i < count; i++) {
            Checks.inRange("offset", offsets[i], 0, Long.MAX_VALUE - targets[i].byteSize());
        }
        for (int from = 0; from < count; ) {
            int first = from;
            int end = groupEnd(offsets, targets, first, count);
            if (end == first) {
                got[first] = read(inode, offsets[first], targets[first]);
                from = first + 1;
            } else {
                MemorySegment[] into = Arrays.copyOfRange(targets, first, end);
                long[] at = Arrays.copyOfRange(offsets, first, end);
                long[] read = reading(access -> readGroup(access, inode, at, into));
                System.arraycopy(read, 0, got, first, read.length);
                from = end;
            }
        }
        return got;
    }

    /** Behind the last of the short ranges whose blocks may be brought in together; the first itself when that one is long. */
    private int groupEnd(long[] offsets, MemorySegment[] targets, int first, int count) {
        long blocks = 0;
        int end = first;
        while (end < count && FileContents.isShort(targets[end].byteSize())) {
            long behind = offsets[end] + targets[end].byteSize();
            blocks += behind / geometry.blockSize - offsets[end] / geometry.blockSize + 1;
            if (blocks > store.cache.mostTogether() && end > first) {
                break;
            }
            end++;
        }
        return end;
    }

    private long[] readGroup(Access access, long number, long[] offsets, MemorySegment[] targets) {
        Inode inode = named(access, number);
        Checks.argument(inode.kind() != FileKind.DIRECTORY, "inode=" + number + " is a directory, allowed: files");
        new FileContents(access, store, allocator).bringIn(inode, offsets, targets);
        long[] got = new long[offsets.length];
        for (int i = 0; i < got.length; i++) {
            got[i] = readPart(access, number, offsets[i], targets[i]);
        }
        return got;
    }

    private long readPart(Access access, long number, long offset, MemorySegment target) {
        Inode inode = named(access, number);
        Checks.argument(inode.kind() != FileKind.DIRECTORY, "inode=" + number + " is a directory, allowed: files");
        long count = Math.clamp(inode.size() - offset, 0, target.byteSize());
        if (count > 0) {
            new FileContents(access, store, allocator).read(inode, offset, target.asSlice(0, count));
        }
        return count;
    }

    /**
     * Bytes of a range of a file that lie in blocks which the file holds; the others are holes and read as zeros. Asked piece by piece: changes may
     * fall between.
     *
     * @throws NotFoundException when the inode is not in use
     */
    public long allocatedBytes(long inode, long offset, long length) {
        Checks.inRange("length", length, 0, Long.MAX_VALUE);
        Checks.inRange("offset", offset, 0, Long.MAX_VALUE - length);
        long end = offset + length;
        HeldBytes held = new HeldBytes(offset, 0);
        while (held.at < end) {
            HeldBytes before = held;
            held = reading(access -> countHeld(access, inode, before, end));
        }
        return held.bytes;
    }

    /** How far a count has come, and what it found. */
    private record HeldBytes(long at, long bytes) {}

    private HeldBytes countHeld(Access access, long number, HeldBytes before, long end) {
        Inode inode = named(access, number);
        Checks.argument(inode.kind() != FileKind.DIRECTORY, "inode=" + number + " is a directory, allowed: files");
        FileContents contents = new FileContents(access, store, allocator);
        long at = before.at;
        long bytes = before.bytes;
        for (int parts = 0; parts < PARTS_AT_ONCE && at < end; parts++) {
            FileContents.Part part = contents.part(inode, at, end);
            bytes += part.held() ? part.end() - at : 0;
            at = part.end();
        }
        return new HeldBytes(at, bytes);
    }

    /**
     * A file as a source of pages. What is written through it is in the running commit, and durable with it.
     *
     * @param inode of a file that exists as long as the source is used
     * @param contentBytes bytes of the file that a page holds, 1..{@code pageBytes}: those of whole rows, for instance; the rest of a page is
     *     zero, and is not written
     * @param pageBytes bytes of a page
     */
    public PageSource pages(long inode, int contentBytes, int pageBytes) {
        Checks.inRange("pageBytes", pageBytes, 1, Integer.MAX_VALUE);
        Checks.inRange("contentBytes", contentBytes, 1, pageBytes);
        return new FilePages(this, inode, contentBytes, pageBytes);
    }

    /**
     * Takes space of the volume for pages that programs swap out, as a device: preallocated, in as few pieces as there are. Nobody can name, read, cut
     * or delete it while it is open, and nothing of it outlives the mount: after a crash the next mount for writing gives the space back, before its first
     * change. What is written to it is neither journaled nor checksummed, and goes to the device as it is given, so it should be sealed as
     * {@link io.vexel.paging.swap.SwapArea} does it. Its {@code flush} does nothing, and its failures do not poison the file system.
     *
     * <p>Closing it gives the space back, before the next change; closing the file system closes it.
     *
     * @param bytes rounded up to whole blocks; 1..2^50
     * @return a device with the sector size of the volume's; what it reads as before it is written is unspecified
     * @throws CapacityException when the volume has not so much free space; none is taken then
     * @throws AccessException when the volume is mounted read-only
     * @throws ClosedException after {@link #close} or after a commit failed
     */
    public BlockDevice createSwapFile(long bytes) {
        Checks.inRange("bytes", bytes, 1, InodeLayout.MAX_SIZE);
        return swapFiles.create(bytes);
    }

    private final class SwapRunner implements SwapFiles.Runner {

        @Override
        public void change(Consumer<Mutation> body) {
            FileSystem.this.change(List.of(), body);
        }

        @Override
        public void changeDurably(Consumer<Mutation> body) {
            awaitDurable(FileSystem.this.change(List.of(), body));
        }

        @Override
        public List<Extent> extents(long inode) {
            return reading(
                    access -> new ExtentMap(access, geometry, allocator, Inode.of(access, geometry, inode)).all());
        }
    }

    /**
     * Makes a copy of the volume as it is at one moment soon after the call, while reads and changes go on. The copy has what was durable then, whole
     * transactions of it, hence everything that was acknowledged before the call, and nothing that was begun after it was made. It is a volume that was closed
     * well, with the same geometry and identity; every block of it was verified. It reads as no volume until it is whole and durable.
     *
     * <p>A change that is about to overwrite what was not copied yet waits until that is copied. What goes wrong with the target ends the backup and harms no
     * change. Closing the volume ends a backup, and waits for its end.
     *
     * @param target a device of zeros, exactly as large as the volume's, with sectors of at most {@link VolumeInfo#blockSize} bytes, and 4096; it is
     *     closed, whatever happens
     * @throws IllegalArgumentException when the target does not fit
     * @throws io.vexel.base.ConflictException when a backup of the volume is being made already
     * @throws io.vexel.base.CapacityException when the budget does not allow the memory: 4 KiB for 128 MiB of 4 KiB blocks in use, and up to 2 MiB
     * @throws io.vexel.base.CorruptionException when a block of the volume is damaged, or verification finds fault with the copy
     * @throws io.vexel.base.DeviceException when either device fails
     * @throws AccessException when the volume uses features that this program can only read, of which it might leave something out
     * @throws ClosedException after {@link #close}, or when a commit failed before the backup begins
     * @throws java.util.concurrent.CancellationException when the calling thread is interrupted, which it stays, or the listener says so
     */
    public BackupResult backup(BlockDevice target, BackupOptions options) {
        return backup(target, options, Backup.MOST_BYTES_AT_ONCE);
    }

    /** @param mostBytes that are read at once, at least a block */
    BackupResult backup(BlockDevice target, BackupOptions options, int mostBytes) {
        return backups.make(target, options, mostBytes, this::requireOpenAndOutsideBody);
    }

    /**
     * Throws when the thread makes a backup, so that it must not close the volume.
     *
     * @throws IllegalStateException then
     */
    public void requireOutsideBackup() {
        backups.requireOutside();
    }

    /** What the superblock and the counters say. */
    public VolumeInfo info() {
        return reading(access -> VolumeCounters.of(store.state(access)).describe(geometry));
    }

    /** Commits what is pending, writes it to its place, marks the volume clean, closes the device. */
    @Override
    public void close() {
        requireOutsideBody();
        requireOutsideBackup();
        lock.lockChanging();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lock.unlockChanging();
        }
        backups.pause();
        try {
            finishAndRelease();
        } finally {
            backups.resume();
        }
    }

    private void finishAndRelease() {
        try (device) {
            swapFiles.close();
            if (writable && !committer.isPoisoned()) {
                finish();
            }
        } finally {
            lock.lockChanging();
            try {
                release();
            } finally {
                lock.unlockChanging();
            }
        }
    }

    private void finish() {
        while (firstOrphan() != 0) {
            reclaimSome();
            committer.awaitDurable(applied);
        }
        committer.drain();
        OwnerRecord.clear(device);
        device.flush();
    }
}
