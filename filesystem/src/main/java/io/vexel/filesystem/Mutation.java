package io.vexel.filesystem;

import io.vexel.base.CapacityException;
import io.vexel.base.Checks;
import io.vexel.base.ConflictException;
import io.vexel.base.NotFoundException;
import io.vexel.base.TimeSource;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** The transaction that a body sees. Every method is one operation with its own {@link Access}. */
final class Mutation implements Transaction {

    private final BlockStore store;
    private final Geometry geometry;
    private final Allocator allocator;
    private final Orphans orphans;
    private final TimeSource time;
    private final Thread owner = Thread.currentThread();
    private boolean open = true;

    Mutation(BlockStore store, Allocator allocator, Orphans orphans, TimeSource time) {
        this.store = store;
        this.geometry = store.geometry;
        this.allocator = allocator;
        this.orphans = orphans;
        this.time = time;
    }

    void end() {
        open = false;
    }

    private <T> T within(Function<Access, T> operation) {
        if (!open || !Thread.currentThread().equals(owner)) {
            throw new IllegalStateException("transaction=ended, allowed: use inside its body, on its thread");
        }
        try (Access access = new Access(store)) {
            return operation.apply(access);
        }
    }

    private void run(Consumer<Access> operation) {
        within(access -> {
            operation.accept(access);
            return true;
        });
    }

    @Override
    public long createFile(long directory, String name, FileKind kind) {
        Checks.argument(kind != FileKind.DIRECTORY, "kind=DIRECTORY, allowed: REGULAR, VECTOR");
        return within(access -> create(access, directory, name, kind).number);
    }

    @Override
    public long createDirectory(long directory, String name) {
        return within(access -> {
            Inode inode = create(access, directory, name, FileKind.DIRECTORY);
            inode.set64(InodeLayout.PARENT_AT, directory);
            return inode.number;
        });
    }

    private Inode create(Access access, long directory, String name, FileKind kind) {
        Inode parent = live(access, directory);
        Directory names = directory(access, parent);
        long number = allocator.allocateInode(access);
        names.add(name, number, kind);
        parent.touch(time.epochMillis());
        return Inode.create(access, geometry, number, birth(access, kind));
    }

    private Inode.Birth birth(Access access, FileKind kind) {
        return new Inode.Birth(kind, nextGeneration(access), time.epochMillis());
    }

    /** Makes the root of a fresh volume. */
    void createRoot() {
        run(access -> {
            long number = allocator.allocateInode(access);
            Checks.argument(number == FileSystem.ROOT, "root=" + number + ", allowed: " + FileSystem.ROOT);
            Inode.create(access, geometry, number, birth(access, FileKind.DIRECTORY))
                    .set64(InodeLayout.PARENT_AT, number);
        });
    }

    private int nextGeneration(Access access) {
        MemorySegment state = store.modifyState(access);
        int generation = state.get(Layouts.U32, StateLayout.NEXT_GENERATION_AT);
        state.set(Layouts.U32, StateLayout.NEXT_GENERATION_AT, generation + 1);
        return generation;
    }

    /** Counts a mount for writing. */
    void countMount() {
        run(access -> {
            MemorySegment state = store.modifyState(access);
            state.set(Layouts.U64, StateLayout.MOUNTS_AT, state.get(Layouts.U64, StateLayout.MOUNTS_AT) + 1);
            state.set(Layouts.U64, StateLayout.LAST_MOUNT_AT, time.epochMillis());
        });
    }

    /** Throws when the volume has fewer free blocks. */
    void requireFree(long blocks) {
        run(access -> {
            long free = allocator.freeBlocks(access) - store.pendingFrees();
            if (free < blocks) {
                throw new CapacityException(
                        "volume bytes", blocks * geometry.blockSize, Math.max(0, free) * geometry.blockSize);
            }
        });
    }

    /** Makes an inode that nothing names and whose space is kept until it is let go, or the mount ends. */
    long createHeld() {
        return within(access -> {
            Inode inode =
                    Inode.create(access, geometry, allocator.allocateInode(access), birth(access, FileKind.REGULAR));
            inode.links(0);
            orphans.hold(access, inode);
            return inode.number;
        });
    }

    /** Gives a file more blocks behind those that it has, as many as fit a transaction; returns how many it has then. */
    long extend(long inode, long blocks) {
        return within(access -> new FileContents(access, store, allocator)
                .extend(Inode.of(access, geometry, inode), blocks, FileContents.Limit.of(geometry)));
    }

    /** Gives back some of the space of the first orphan. */
    void reclaim() {
        run(orphans::reclaim);
    }

    private static Inode named(Access access, Geometry geometry, long number) {
        Inode inode = Inode.of(access, geometry, number);
        if (inode.links() == 0) {
            throw new NotFoundException("no inode " + number);
        }
        return inode;
    }

    private Inode live(Access access, long number) {
        return named(access, geometry, number);
    }

    private Directory directory(Access access, Inode inode) {
        return new Directory(access, geometry, allocator, inode);
    }

    @Override
    public void unlink(long directory, String name) {
        run(access -> {
            Inode parent = live(access, directory);
            Directory names = directory(access, parent);
            DirectoryEntry entry = names.lookup(name).orElseThrow(() -> new NotFoundException("no name " + name));
            Inode target = live(access, entry.inode());
            requireEmpty(target, name);
            names.remove(name);
            parent.touch(time.epochMillis());
            dropName(access, target);
        });
    }

    private static void requireEmpty(Inode target, String name) {
        if (target.kind() == FileKind.DIRECTORY && target.size() > 0) {
            throw new ConflictException("directory is not empty: " + name + " has entries=" + target.size());
        }
    }

    private void dropName(Access access, Inode target) {
        target.links(target.links() - 1);
        if (target.links() == 0) {
            orphans.release(access, target);
        } else {
            target.set64(InodeLayout.CHANGED_AT, time.epochMillis() * 1_000_000);
        }
    }

    @Override
    public void rename(long fromDirectory, String fromName, long toDirectory, String toName) {
        run(access -> {
            Inode from = live(access, fromDirectory);
            DirectoryEntry entry = directory(access, from)
                    .lookup(fromName)
                    .orElseThrow(() -> new NotFoundException("no name " + fromName));
            Inode to = live(access, toDirectory);
            Optional<DirectoryEntry> replaced = directory(access, to).lookup(toName);
            if (replaced.isPresent() && replaced.get().inode() == entry.inode()) {
                if (fromDirectory != toDirectory || !fromName.equals(toName)) {
                    unlink(fromDirectory, fromName);
                }
                return;
            }
            move(access, new Move(from, entry, to, toName), replaced);
        });
    }

    /** An entry's way from one directory to a name in another or the same. */
    private record Move(Inode from, DirectoryEntry entry, Inode to, String toName) {}

    private void move(Access access, Move move, Optional<DirectoryEntry> replaced) {
        DirectoryEntry entry = move.entry();
        Inode to = move.to();
        if (replaced.isPresent() && replaced.get().kind() == FileKind.DIRECTORY) {
            throw new ConflictException("name exists and is a directory: " + move.toName());
        }
        if (replaced.isPresent() && entry.kind() == FileKind.DIRECTORY) {
            throw new ConflictException("name exists: " + move.toName());
        }
        if (entry.kind() == FileKind.DIRECTORY) {
            requireOutside(access, to.number, entry);
            live(access, entry.inode()).set64(InodeLayout.PARENT_AT, to.number);
        }
        replaced.ifPresent(_ -> unlink(to.number, move.toName()));
        directory(access, move.from()).remove(entry.name());
        directory(access, to).add(move.toName(), entry.inode(), entry.kind());
        move.from().touch(time.epochMillis());
        to.touch(time.epochMillis());
    }

    /** A directory must not become its own ancestor. */
    private void requireOutside(Access access, long target, DirectoryEntry moved) {
        long at = target;
        while (at != FileSystem.ROOT) {
            if (at == moved.inode()) {
                throw new ConflictException("directory " + moved.name() + " cannot move into itself");
            }
            at = live(access, at).u64(InodeLayout.PARENT_AT);
        }
    }

    @Override
    public void link(long inode, long directory, String name) {
        run(access -> {
            Inode target = live(access, inode);
            Checks.argument(target.kind() != FileKind.DIRECTORY, "inode=" + inode + " is a directory, allowed: files");
            Inode parent = live(access, directory);
            directory(access, parent).add(name, inode, target.kind());
            target.links(target.links() + 1);
            parent.touch(time.epochMillis());
        });
    }

    @Override
    public void write(long inode, long offset, MemorySegment source) {
        Checks.inRange("offset", offset, 0, InodeLayout.MAX_SIZE - source.byteSize());
        run(access -> {
            Inode target = file(access, inode);
            orphans.settle(access, target);
            new FileContents(access, store, allocator).write(target, offset, source);
            target.touch(time.epochMillis());
        });
    }

    /** Prepares a write that is to come: see {@link FileContents#prepare}. */
    void prepare(PlannedWrite write) {
        Checks.inRange(
                "offset",
                write.offset(),
                0,
                InodeLayout.MAX_SIZE - write.source().byteSize());
        if (write.source().byteSize() < FileContents.DIRECT_BYTES) {
            return;
        }
        run(access -> {
            Inode target = file(access, write.inode());
            orphans.settle(access, target);
            new FileContents(access, store, allocator).prepare(target, write.offset(), write.source(), store.ahead());
        });
    }

    @Override
    public void truncate(long inode, long size) {
        Checks.inRange("size", size, 0, InodeLayout.MAX_SIZE);
        run(access -> {
            Inode target = file(access, inode);
            orphans.settle(access, target);
            boolean shrinks = size < target.size();
            if (shrinks) {
                new FileContents(access, store, allocator).clearBehind(target, size);
            }
            target.size(size);
            target.touch(time.epochMillis());
            if (shrinks) {
                orphans.release(access, target);
            }
        });
    }

    @Override
    public void discard(long inode, long offset, long length) {
        Checks.inRange("length", length, 0, InodeLayout.MAX_SIZE);
        Checks.inRange("offset", offset, 0, InodeLayout.MAX_SIZE - length);
        run(access -> {
            Inode target = file(access, inode);
            orphans.settle(access, target);
            new FileContents(access, store, allocator).discard(target, offset, length);
            target.touch(time.epochMillis());
        });
    }

    private Inode file(Access access, long number) {
        Inode inode = live(access, number);
        Checks.argument(inode.kind() != FileKind.DIRECTORY, "inode=" + number + " is a directory, allowed: files");
        return inode;
    }
}
