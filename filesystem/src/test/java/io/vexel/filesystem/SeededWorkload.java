package io.vexel.filesystem;

import io.vexel.base.CapacityException;
import io.vexel.base.VexelException;
import io.vexel.testkit.CrashTrace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Seeded changes to a volume and its model: files of both kinds, small and big writes, overwrites, holes, truncation, links, renames
 * with and without a victim, directories, batches, bodies that fail, and several transactions behind one flush.
 */
final class SeededWorkload {

    private static final int MAX_FILES = 14;
    private static final int MAX_NAMES = 44;
    private static final int MAX_BYTES = 60_000;
    private static final int BLOCK = 1024;
    private static final int MAX_JOURNALED = 28_000;
    private static final int MIN_IN_PLACE_BLOCKS = (int) (FileContents.DIRECT_BYTES / BLOCK);

    private final SplittableRandom random;
    /** Apart, so that telling writes ahead does not change which they are. */
    private final SplittableRandom planning;

    private final List<Told> told = new ArrayList<>();
    private final int heavyPercent;
    private FileSystem volume;
    private ModelVolume model = new ModelVolume();
    private ModelVolume acknowledged = model;
    /** What the changes since then led to, one after another. */
    private final List<ModelVolume> begun = new ArrayList<>();

    private int names;

    SeededWorkload(long seed, FileSystem volume) {
        this(seed, volume, 0);
    }

    /** @param heavyPercent share of writes that are as large as the journal takes */
    SeededWorkload(long seed, FileSystem volume, int heavyPercent) {
        this.random = new SplittableRandom(seed);
        this.planning = new SplittableRandom(~seed);
        this.volume = volume;
        this.heavyPercent = heavyPercent;
    }

    /** Thrown by bodies that are to be undone. */
    private static final class Undone extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Goes on with the same contents in another mount. */
    void remounted(FileSystem mount) {
        volume = mount;
    }

    /**
     * Goes on after a kill, in a mount that brought back some of what was not acknowledged. The changes that are not there count as
     * never begun: what the next mount did not see, no later crash can bring back.
     */
    void recovered(FileSystem mount, CrashTrace trace) {
        volume = mount;
        String found = VolumeText.of(mount);
        while (!model.describe().equals(found)) {
            if (begun.isEmpty()) {
                throw new AssertionError(
                        "the mount after a kill shows what was never begun, or less than was acknowledged");
            }
            begun.removeLast();
            trace.withdrawn();
            model = begun.isEmpty() ? acknowledged : begun.getLast();
        }
        acknowledged(trace);
    }

    private void acknowledged(CrashTrace trace) {
        acknowledged = model;
        begun.clear();
        trace.acknowledged();
    }

    ModelVolume model() {
        return model;
    }

    /** Makes so many acknowledged rounds, each of one to four transactions. */
    void run(int rounds, CrashTrace trace) {
        for (int i = 0; i < rounds; i++) {
            round(trace);
        }
    }

    private void round(CrashTrace trace) {
        int together = random.nextInt(4) == 0 ? 2 + random.nextInt(3) : 1;
        long commit = 0;
        for (int i = 0; i < together; i++) {
            commit = Math.max(commit, apply(trace));
        }
        volume.awaitDurable(commit);
        acknowledged(trace);
    }

    /** Makes one transaction, which is not acknowledged; returns its commit, 0 when it was refused. */
    long apply(CrashTrace trace) {
        if (random.nextInt(12) == 0) {
            failing();
        }
        ModelVolume after = model.copy();
        List<Change> changes = changes(after);
        trace.begins(after.describe());
        try {
            long commit = volume.apply(planned(), transaction -> changes.forEach(change -> change.make(transaction)));
            model = after;
            begun.add(after);
            return commit;
        } catch (CapacityException e) {
            trace.withdrawn();
            return 0; // It did not fit into the journal or the volume, and left nothing.
        } catch (VexelException e) {
            trace.withdrawn();
            throw e;
        }
    }

    private void failing() {
        List<Change> changes = changes(model.copy());
        try {
            volume.apply(planned(), transaction -> {
                changes.forEach(change -> change.make(transaction));
                throw new Undone();
            });
        } catch (Undone | CapacityException e) {
            return;
        }
        throw new AssertionError("a body that threw was kept");
    }

    /** A write that could be told ahead. */
    private record Told(String path, long offset, MemorySegment source) {}

    /** Some of the writes to come, of files that exist; and some that will not be made so, since paths move and bytes may be others. */
    private List<PlannedWrite> planned() {
        List<PlannedWrite> result = new ArrayList<>();
        for (Told write : told) {
            Optional<DirectoryEntry> file = find(write.path);
            if (file.isPresent() && planning.nextInt(3) > 0) {
                boolean wrong = planning.nextInt(6) == 0;
                MemorySegment source = wrong ? other(write.source.byteSize()) : write.source;
                result.add(new PlannedWrite(file.get().inode(), write.offset, source));
            }
        }
        return result;
    }

    private MemorySegment other(long length) {
        byte[] bytes = new byte[(int) length];
        planning.nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }

    /** The file that the path leads to now. */
    private Optional<DirectoryEntry> find(String path) {
        long at = FileSystem.ROOT;
        Optional<DirectoryEntry> entry = Optional.empty();
        for (String name : path.split("/")) {
            entry = volume.lookup(at, name);
            if (entry.isEmpty() || (entry.get().kind() != FileKind.DIRECTORY && !path.endsWith(name))) {
                return Optional.empty();
            }
            at = entry.get().inode();
        }
        return entry.filter(found -> found.kind() != FileKind.DIRECTORY);
    }

    /** One change to the volume; the model was changed when it was chosen. */
    private interface Change {
        void make(Transaction transaction);
    }

    private List<Change> changes(ModelVolume after) {
        told.clear();
        List<Change> result = new ArrayList<>();
        int count = random.nextInt(3) == 0 ? 2 + random.nextInt(5) : 1;
        for (int i = 0; i < count; i++) {
            choose(after, result);
        }
        return result;
    }

    private void choose(ModelVolume after, List<Change> result) {
        List<String> files = after.files();
        int kind = random.nextInt(100);
        if (files.size() < 3 || (kind < 12 && files.size() < MAX_FILES)) {
            create(after, result);
        } else if (random.nextInt(100) < heavyPercent) {
            write(after, result, pick(files), MAX_JOURNALED - random.nextInt(MAX_JOURNALED / 4));
        } else if (kind < 16) {
            makeDirectory(after, result);
        } else if (kind < 40) {
            write(after, result, pick(files), 1 + random.nextInt(300));
        } else if (kind < 50) {
            write(after, result, pick(files), 1 + random.nextInt(30_000));
        } else if (kind < 60) {
            writeBlocks(after, result, pick(files));
        } else if (kind < 68) {
            truncate(after, result, pick(files));
        } else if (kind < 76) {
            unlink(after, result, pick(files));
        } else if (kind < 84) {
            rename(after, result, files);
        } else if (kind < 88) {
            link(after, result, pick(files));
        } else if (kind < 92) {
            removeDirectory(after, result);
        } else {
            bulk(after, result);
        }
    }

    private <T> T pick(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private String freshPath(ModelVolume after) {
        String directory = pick(after.directories());
        String name = "n" + names++ + "-" + "x".repeat(random.nextInt(12));
        return directory.isEmpty() ? name : directory + "/" + name;
    }

    private void create(ModelVolume after, List<Change> result) {
        String path = freshPath(after);
        FileKind kind = random.nextInt(3) == 0 ? FileKind.VECTOR : FileKind.REGULAR;
        after.paths().put(path, new ModelVolume.Node(kind));
        result.add(transaction -> {
            Paths at = new Paths(transaction, path);
            transaction.createFile(at.directory(), at.name(), kind);
        });
        if (random.nextBoolean()) {
            write(after, result, path, 1 + random.nextInt(20_000));
        }
    }

    private void makeDirectory(ModelVolume after, List<Change> result) {
        String path = freshPath(after);
        after.paths().put(path, new ModelVolume.Node(FileKind.DIRECTORY));
        result.add(transaction -> {
            Paths at = new Paths(transaction, path);
            transaction.createDirectory(at.directory(), at.name());
        });
    }

    private void removeDirectory(ModelVolume after, List<Change> result) {
        after.directories().stream()
                .filter(path -> !path.isEmpty() && after.isEmptyDirectory(path))
                .findFirst()
                .ifPresent(path -> unlink(after, result, path));
    }

    private void write(ModelVolume after, List<Change> result, String path, int wanted) {
        int size = after.paths().get(path).data.length;
        int offset = random.nextInt(4) == 0 ? random.nextInt(MAX_BYTES) : random.nextInt(size + 1);
        int length = Math.min(wanted, MAX_BYTES - offset);
        if (length > 0) {
            writeAt(after, result, path, offset, length);
        }
    }

    private void writeAt(ModelVolume after, List<Change> result, String path, int offset, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        after.write(path, offset, bytes);
        MemorySegment source = MemorySegment.ofArray(bytes);
        told.add(new Told(path, offset, source));
        result.add(transaction -> transaction.write(new Paths(transaction, path).inode(), offset, source));
    }

    /** So many whole blocks that they go straight to their place. */
    private void writeBlocks(ModelVolume after, List<Change> result, String path) {
        int room = MAX_BYTES / BLOCK - MIN_IN_PLACE_BLOCKS;
        int offset = random.nextBoolean() ? 0 : random.nextInt(room) * BLOCK;
        int length = MIN_IN_PLACE_BLOCKS * BLOCK + random.nextInt(MAX_BYTES - MIN_IN_PLACE_BLOCKS * BLOCK - offset);
        writeAt(after, result, path, offset, length);
    }

    private void truncate(ModelVolume after, List<Change> result, String path) {
        int old = after.paths().get(path).data.length;
        int size = random.nextBoolean() ? random.nextInt(old + 1) : random.nextInt(MAX_BYTES);
        after.truncate(path, size);
        result.add(transaction -> transaction.truncate(new Paths(transaction, path).inode(), size));
    }

    private void unlink(ModelVolume after, List<Change> result, String path) {
        after.paths().remove(path);
        result.add(transaction -> {
            Paths at = new Paths(transaction, path);
            transaction.unlink(at.directory(), at.name());
        });
    }

    private void rename(ModelVolume after, List<Change> result, List<String> files) {
        String from = pick(files);
        String victim = pick(files);
        String to = random.nextBoolean()
                        && after.paths().get(victim) != after.paths().get(from)
                ? victim
                : freshPath(after);
        after.paths().put(to, after.paths().remove(from));
        result.add(transaction -> {
            Paths source = new Paths(transaction, from);
            Paths target = new Paths(transaction, to);
            transaction.rename(source.directory(), source.name(), target.directory(), target.name());
        });
    }

    private void link(ModelVolume after, List<Change> result, String path) {
        String other = freshPath(after);
        after.paths().put(other, after.paths().get(path));
        result.add(transaction -> {
            Paths at = new Paths(transaction, other);
            transaction.link(new Paths(transaction, path).inode(), at.directory(), at.name());
        });
    }

    /** Many small files at once, so that directories split; or as many fewer. */
    private void bulk(ModelVolume after, List<Change> result) {
        List<String> files = after.files();
        if (files.size() > MAX_NAMES / 2) {
            files.stream().filter(_ -> random.nextInt(3) > 0).forEach(path -> unlink(after, result, path));
            return;
        }
        for (int i = random.nextInt(MAX_NAMES / 2); i > 0; i--) {
            String path = freshPath(after);
            after.paths().put(path, new ModelVolume.Node(FileKind.REGULAR));
            result.add(transaction -> {
                Paths at = new Paths(transaction, path);
                transaction.createFile(at.directory(), at.name(), FileKind.REGULAR);
            });
        }
    }

    /** Finds the way to a path inside the running transaction. */
    private final class Paths {
        private final String path;

        private Paths(Transaction transaction, String path) {
            if (transaction == null) {
                throw new IllegalArgumentException("transaction=null");
            }
            this.path = path;
        }

        private long directory() {
            int slash = path.lastIndexOf('/');
            return slash < 0 ? FileSystem.ROOT : find(path.substring(0, slash));
        }

        private String name() {
            return path.substring(path.lastIndexOf('/') + 1);
        }

        private long inode() {
            return find(path);
        }

        private long find(String what) {
            long at = FileSystem.ROOT;
            for (String name : what.split("/")) {
                at = volume.lookup(at, name).orElseThrow().inode();
            }
            return at;
        }
    }
}
